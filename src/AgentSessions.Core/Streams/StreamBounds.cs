using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Streams;

/// <summary>Where a stream's kept records start and end.</summary>
/// <param name="Oldest">The place of the oldest record that is kept; equals <paramref name="Tail"/> when none is.</param>
/// <param name="Tail">The place the next record gets.</param>
/// <param name="TailTimestamp">When the newest record was made, in Unix milliseconds; 0 when there was none.</param>
public readonly record struct StreamBounds(Cursor Oldest, Cursor Tail, long TailTimestamp)
{
    /// <summary>A stream that nothing was ever appended to.</summary>
    public static readonly StreamBounds Empty = new(Cursor.Start, Cursor.Start, 0);

    /// <summary>The time of a record that is made now: the newest record's when the clock was set back or is behind another host's, so that timestamps of a stream never fall.</summary>
    internal DateTimeOffset After(DateTimeOffset now) => DateTimeOffset.FromUnixTimeMilliseconds(Math.Max(now.ToUnixTimeMilliseconds(), TailTimestamp));
}
