using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Storage;

/// <summary>An atomic change to one session. All conditions hold and all changes are made, or nothing happens.</summary>
/// <remarks>
/// Conditions: the fences below, and for every append that the stream's tail is the batch's first sequence (the numbers are in the
/// bytes already, so a batch fits nowhere else). A commit that does not make its session (<see cref="ExpectedVersion"/> 0 with a
/// <see cref="Row"/>) also needs it to exist, so that no late writer brings back what was deleted. The first condition that fails, in the
/// order of <see cref="CommitOutcome"/>, is the answer.
/// </remarks>
public sealed record SessionCommit
{
    /// <summary>The session that everything here belongs to.</summary>
    public required SessionKey Session { get; init; }

    /// <summary>The row must have this version; 0 means that no session may exist under the key. Null: not asked.</summary>
    public long? ExpectedVersion { get; init; }

    /// <summary>The row must exist and have this <see cref="SessionRow.RunVersion"/>. Null: not asked.</summary>
    public long? ExpectedRunVersion { get; init; }

    /// <summary>The session's own <c>in</c> must have this tail: whoever lets go of a session must not overlook a message. Null: not asked.</summary>
    public Cursor? ExpectedInTail { get; init; }

    /// <summary>The stored <see cref="SessionProgress.LastBoundary"/> must be this: a run writes boundaries without touching the row, and whoever takes over must know the last. Null: not asked.</summary>
    public long? ExpectedBoundary { get; init; }

    /// <summary>The new row; its version becomes one more. Needs <see cref="ExpectedVersion"/>.</summary>
    public SessionRow? Row { get; init; }

    /// <summary>Records to append, at most one entry for each stream.</summary>
    public IReadOnlyList<StreamAppend> Appends { get; init; } = [];

    /// <summary>Drops the records of the session's own <c>out</c> before this place. Null: keeps all.</summary>
    public Cursor? TrimOutBefore { get; init; }

    /// <summary>Replaces the progress.</summary>
    public SessionProgress? Progress { get; init; }

    /// <summary>Changes to the stored transcript.</summary>
    public TranscriptDelta? Transcript { get; init; }

    /// <summary>Run rows to insert or replace, by id.</summary>
    public IReadOnlyList<RunRow> Runs { get; init; } = [];

    /// <summary>State to put or remove with the rest, unconditionally.</summary>
    public IReadOnlyList<StatePut> States { get; init; } = [];

    /// <summary>Refuses a commit that contradicts itself; every store asks this first.</summary>
    /// <exception cref="ArgumentException">A bug of the caller: nothing a repeat could change.</exception>
    public void Validate()
    {
        Require(Row is null || ExpectedVersion is not null, "A row is put with the version it was read at.");
        Require(Row is null || Row.Key == Session, "The row belongs to another session.");
        for (int i = 0; i < Appends.Count; i++)
        {
            Require(Appends[i].Stream.Session == Session, "An append belongs to another session.");
            for (int j = 0; j < i; j++)
            {
                Require(Appends[i].Stream != Appends[j].Stream, "A stream is appended to twice.");
            }
        }

        for (int i = 0; i < Runs.Count; i++)
        {
            Require(Runs[i].Session == Session, "A run belongs to another session.");
        }
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new ArgumentException(message);
        }
    }
}

/// <summary>Records to append to a stream whose tail must be the batch's first sequence.</summary>
public readonly record struct StreamAppend(StreamId Stream, RecordBatch Batch);

/// <summary>What came of a commit.</summary>
public enum CommitOutcome
{
    /// <summary>It is durable and readable.</summary>
    Committed = 0,

    /// <summary>The row's version was another one, or the session exists or does not exist against expectation.</summary>
    /// <remarks>Also the answer to any change of a session that does not exist.</remarks>
    VersionMoved = 1,

    /// <summary>The run version was another one: the writer no longer owns the session.</summary>
    RunMoved = 2,

    /// <summary>A stream's tail was another one: another writer appended.</summary>
    TailMoved = 3,
}
