namespace AgentSessions.Core.Nodes;

/// <summary>The turns that ended in one minute, on one node or on several.</summary>
/// <param name="Minute">Which one, counted from 1970.</param>
/// <param name="Ended">How many ended.</param>
/// <param name="Failed">How many of them failed.</param>
/// <param name="Durations">How long they took.</param>
/// <param name="FirstChunks">How long messages waited for the first chunk of their answers.</param>
public sealed record TurnMinute(long Minute, int Ended, int Failed, Latencies Durations, Latencies FirstChunks)
{
    /// <summary>Sixty minutes, oldest first, the present one last: what several nodes told of them, added up.</summary>
    public static IReadOnlyList<TurnMinute> LastHour(IEnumerable<TurnMinute> told, DateTimeOffset now)
    {
        ILookup<long, TurnMinute> known = told.ToLookup(static minute => minute.Minute);
        long present = now.ToUnixTimeSeconds() / 60;
        return [.. Enumerable.Range(0, 60).Select(index => present - 59 + index).Select(minute => Sum(minute, known[minute]))];
    }

    /// <summary>What happened in several minutes, as if it were one.</summary>
    public static TurnMinute Sum(long minute, IEnumerable<TurnMinute> all)
    {
        TurnMinute[] each = [.. all];
        return new TurnMinute(
            minute,
            each.Sum(static one => one.Ended),
            each.Sum(static one => one.Failed),
            Latencies.Sum(each.Select(static one => one.Durations)),
            Latencies.Sum(each.Select(static one => one.FirstChunks)));
    }
}
