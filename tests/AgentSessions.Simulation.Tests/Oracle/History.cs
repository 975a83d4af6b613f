using AgentSessions.Core.Runs;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;
using AgentSessions.Simulation.Tests.World;

namespace AgentSessions.Simulation.Tests.Oracle;

/// <summary>Everything that was ever stored, also what is trimmed by now, and everything that clients were told.</summary>
internal sealed class History
{
    /// <summary>All of <c>in</c>, in order of its commits.</summary>
    public List<StreamRecord> In { get; } = [];

    /// <summary>All of <c>out</c>, in order of its commits.</summary>
    public List<StreamRecord> Out { get; } = [];

    /// <summary>The run version that each run's claim made.</summary>
    public Dictionary<string, long> RunNumbers { get; } = [];

    /// <summary>What an append was answered, each time it was.</summary>
    public List<(string PartId, string MessageId, long Sequence)> Acknowledged { get; } = [];

    /// <summary>What the agent said, by the run and the message that it answered.</summary>
    public Dictionary<(string Run, string Message), Saying> Said { get; } = [];

    /// <summary>The oldest record of <c>out</c> that is kept.</summary>
    public long Trimmed { get; private set; }

    /// <summary>How often a create was told that it made the session.</summary>
    public int Creations { get; set; }

    /// <summary>What broke as it happened.</summary>
    public List<string> Violations { get; } = [];

    /// <summary>What happened, line by line, where somebody is to read it; null where not.</summary>
    public List<string>? Story { get; init; }

    /// <summary>A run begins to answer a message, which it must not do again.</summary>
    public Saying Begin(string run, string message)
    {
        var saying = new Saying();
        if (!Said.TryAdd((run, message), saying))
        {
            Violations.Add($"{run} answers {message} again.");
        }

        return saying;
    }

    public void Add(SimNode node, SessionCommit commit)
    {
        Tell(node, commit);
        if (node.IsDead)
        {
            Violations.Add("A dead process wrote.");
        }

        foreach (StreamAppend append in commit.Appends)
        {
            List<StreamRecord> log = append.Stream.Direction == StreamDirection.In ? In : Out;
            foreach (StreamRecord record in append.Batch.Decode())
            {
                if (record.Sequence != log.Count)
                {
                    Violations.Add($"Record {record.Sequence} of {append.Stream.Direction} was stored at place {log.Count}.");
                }

                if (log.Count > 0 && record.Timestamp < log[^1].Timestamp && append.Stream.Direction == StreamDirection.In)
                {
                    Violations.Add($"Record {record.Sequence} of in is older than the one before.");
                }

                log.Add(record);
            }
        }

        Trimmed = Math.Max(Trimmed, commit.TrimOutBefore?.Value ?? 0);
        foreach (RunRow run in commit.Runs)
        {
            RunNumbers[run.Id] = run.Number;
        }
    }

    private void Tell(SimNode node, SessionCommit commit)
    {
        if (Story is null)
        {
            return;
        }

        IEnumerable<string> runs = commit.Runs.Select(static run => $"{run.Id} is {run.Status} {run.End} {run.Error}");
        IEnumerable<string> records = commit.Appends.SelectMany(
            static append => append.Batch.Decode().Select(record => $"{append.Stream.Direction} {record.Sequence} {record.Control ?? record.Body} {record.Headers.FirstOrDefault(h => h.Name == ControlHeaders.InEventId).Value}"));
        Story.Add($"{node.Clock.Elapsed} {node.Name}: {commit.Progress} {string.Join(", ", runs.Concat(records))}");
    }
}
