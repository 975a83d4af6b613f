using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Runs.Writing;

/// <summary>What goes along with the next records of <c>out</c>, in the same commit.</summary>
internal sealed record CommitRider
{
    public TranscriptDelta? Transcript { get; init; }

    public SessionProgress? Progress { get; init; }

    public Cursor? TrimOutBefore { get; init; }

    public IReadOnlyList<StatePut> States { get; init; } = [];

    /// <summary>Both in one, or null if the second must not overtake the first.</summary>
    public static CommitRider? Join(CommitRider? first, CommitRider second)
    {
        if (first is null)
        {
            return second;
        }

        TranscriptDelta? transcript = second.Transcript;
        if (first.Transcript is { } earlier)
        {
            transcript = transcript is null ? earlier : Join(earlier, transcript);
            if (transcript is null)
            {
                return null;
            }
        }

        return new CommitRider
        {
            Transcript = transcript,
            Progress = second.Progress ?? first.Progress,
            TrimOutBefore = second.TrimOutBefore ?? first.TrimOutBefore,
            States = Join(first.States, second.States),
        };
    }

    private static IReadOnlyList<StatePut> Join(IReadOnlyList<StatePut> first, IReadOnlyList<StatePut> second)
    {
        if (first.Count == 0)
        {
            return second;
        }

        return second.Count == 0 ? first : [.. first.Where(put => second.All(later => later.Key != put.Key)), .. second];
    }

    private static TranscriptDelta? Join(TranscriptDelta first, TranscriptDelta second)
    {
        // A delta drops before it puts, so a later drop cannot be moved before earlier changes.
        if (second.TruncateAfter is not null || second.Removes.Count > 0)
        {
            return null;
        }

        var puts = new List<StoredMessage>(first.Puts);
        foreach (StoredMessage put in second.Puts)
        {
            int known = puts.FindIndex(earlier => earlier.Id == put.Id);
            if (known < 0)
            {
                puts.Add(put);
            }
            else
            {
                puts[known] = put;
            }
        }

        return new TranscriptDelta
        {
            TruncateAfter = first.TruncateAfter,
            Removes = first.Removes,
            Puts = puts,
            State = second.State ?? first.State,
            LastOutSequence = second.LastOutSequence ?? first.LastOutSequence,
            LastInSequence = second.LastInSequence ?? first.LastInSequence,
            SavedAt = second.SavedAt,
        };
    }
}
