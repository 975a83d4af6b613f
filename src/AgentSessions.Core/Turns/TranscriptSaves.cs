using AgentSessions.Core.Runs;
using AgentSessions.Core.Runs.Writing;
using AgentSessions.Core.Storage;

namespace AgentSessions.Core.Turns;

/// <summary>Saves what changed in the conversation, along with the records of <c>out</c> (lifecycle, section 14).</summary>
internal sealed class TranscriptSaves(RunState run)
{
    /// <summary>The save at a turn's start joins the first commit of its output. The cursors stay: the message is still unanswered.</summary>
    public async Task SaveStartAsync()
    {
        if (TakeChanges() is { } changes)
        {
            await run.Writer.RideAsync(new CommitRider { Transcript = changes });
        }
    }

    /// <summary>What a boundary's commit saves.</summary>
    public TranscriptDelta ForBoundary() => TakeChanges() ?? new TranscriptDelta { SavedAt = Now };

    /// <summary>Saves what the last hook changed.</summary>
    public async Task SaveRestAsync()
    {
        if (TakeChanges() is { } changes)
        {
            await run.Writer.RideAsync(new CommitRider { Transcript = changes });
            await run.Writer.FlushAsync();
        }
    }

    private long Now => run.Shared.Time.GetUtcNow().ToUnixTimeMilliseconds();

    private TranscriptDelta? TakeChanges()
    {
        run.KeepUndelivered();
        string? state = run.Lane.TakeChanges();
        TranscriptDelta? changes = run.Conversation.TakeChanges(Now);
        return state is null ? changes : (changes ?? new TranscriptDelta { SavedAt = Now }) with { State = state };
    }
}
