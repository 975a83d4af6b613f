using System.Text.Json;
using AgentSessions.Agents;
using AgentSessions.Core.Runs.Writing;
using AgentSessions.Core.Storage;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Core.Runs.State;

/// <summary>Saves what changed in the conversation (lifecycle, section 14): with the engine's own storage along with the records of <c>out</c>.</summary>
/// <remarks>
/// A store of the application's own is saved to beside <c>out</c>: at a turn's start before anything of the answer is seen, and after its last
/// hook. What could not be saved goes with the next save.
/// </remarks>
internal sealed partial class TranscriptSaves(RunState run, ILogger logger)
{
    // For an application's own store only.
    private SemaphoreSlim? _oneByOne;
    private IReadOnlyList<TranscriptChange> _failed = [];

    /// <summary>The save at a turn's start. The cursors stay: the message is still unanswered.</summary>
    /// <remarks>The agent's persisted values are not in it: after a crash the turn begins anew, and would change them again.</remarks>
    public async Task SaveStartAsync(OutputGate gate)
    {
        if (TakeChanges() is not { } changes)
        {
            return;
        }

        if (run.TranscriptStore is null)
        {
            await run.Writer.RideAsync(new CommitRider { Transcript = changes });
        }
        else
        {
            TranscriptChangeset changeset = ToChangeset(changes, TranscriptSaveReason.TurnStart);
            gate.Add(cancellationToken => SaveAsync(changeset, cancellationToken));
        }
    }

    /// <summary>What a boundary's commit saves; null if the conversation is kept elsewhere.</summary>
    public TranscriptDelta? ForBoundary()
    {
        if (run.Options.TranscriptStore is not null)
        {
            return null;
        }

        run.KeepValues();
        return TakeChanges() ?? new TranscriptDelta { SavedAt = Now };
    }

    /// <summary>The save after a turn's last hook.</summary>
    public Task SaveEndAsync(TranscriptSaveReason reason, long boundary, long floor)
    {
        run.KeepValues();
        return SaveAsync(reason, boundary, floor);
    }

    /// <summary>The save at a run's end, of messages that were injected since its last turn.</summary>
    public async Task SaveInjectedAsync()
    {
        if (run.Lane.IsUnsaved || !run.Conversation.IsSaved)
        {
            // A turn was left to a successor, and what it has changed so far is not to be kept.
            return;
        }

        run.KeepUndelivered();
        if (run.Lane.IsUnsaved)
        {
            await SaveAsync(TranscriptSaveReason.TurnComplete, run.Progress.LastBoundary, run.Progress.ResumeFloor);
        }
    }

    /// <summary>Which conversation an application's store is asked about.</summary>
    public static TranscriptScope Scope(RunState run) => new(
        run.ChatId,
        run.SessionId,
        run.AgentName,
        SessionUser.IdOf(run.Start.Session),
        run.BootPayload.TryGetProperty("metadata", out JsonElement metadata) && metadata.ValueKind != JsonValueKind.Null ? metadata : null);

    private Func<UIMessage, UIMessage>? Redact => run.Options.Privacy.RedactStored;

    private UIMessage Redacted(UIMessage message)
    {
        message = Redact?.Invoke(message) ?? message;
        return run.Shared.Redaction?.Changed(JsonSerializer.SerializeToUtf8Bytes(message, UIJson.Options)) is { } redacted
            ? JsonSerializer.Deserialize<UIMessage>(redacted, UIJson.Options)!
            : message;
    }

    private long Now => run.Shared.Time.GetUtcNow().ToUnixTimeMilliseconds();

    private async Task SaveAsync(TranscriptSaveReason reason, long boundary, long floor)
    {
        TranscriptDelta? changes = TakeChanges();
        if (run.TranscriptStore is not null)
        {
            TranscriptChangeset changeset = ToChangeset(changes ?? new TranscriptDelta(), reason) with { LastOutEventId = boundary, LastInEventId = floor };
            await SaveAsync(changeset, run.RunAborted);
        }
        else if (changes is not null)
        {
            await run.Writer.RideAsync(new CommitRider { Transcript = changes });
            await run.Writer.FlushAsync();
        }
    }

    private TranscriptDelta? TakeChanges()
    {
        run.KeepUndelivered();
        string? state = run.Lane.TakeChanges();
        TranscriptDelta? changes = run.Conversation.TakeChanges(Now, Redact);
        return state is null ? changes : (changes ?? new TranscriptDelta { SavedAt = Now }) with { State = state };
    }

    private TranscriptChangeset ToChangeset(TranscriptDelta delta, TranscriptSaveReason reason)
    {
        var changes = new List<TranscriptChange>();
        if (delta.TruncateAfter is { } last)
        {
            changes.Add(new TranscriptChange.TruncateAfter(last));
        }

        changes.AddRange(delta.Puts.Select(put => new TranscriptChange.Put(Redacted(run.Conversation.Find(put.Id)!), put.Final)));
        if (delta.State is { } state)
        {
            changes.Add(new TranscriptChange.SetState(JsonElement.Parse(state)));
        }

        return new TranscriptChangeset { Reason = reason, Changes = changes, Messages = [.. run.Conversation.Select(Redacted)] };
    }

    private async Task SaveAsync(TranscriptChangeset changeset, CancellationToken cancellationToken)
    {
        SemaphoreSlim oneByOne = LazyInitializer.EnsureInitialized(ref _oneByOne, static () => new SemaphoreSlim(1, 1));
        await oneByOne.WaitAsync(cancellationToken);
        try
        {
            List<TranscriptChange> all = [.. _failed, .. changeset.Changes];
            try
            {
                changeset = changeset with { Changes = all };
                if (run.Agent.Loop is not null)
                {
                    changeset = changeset with { Messages = await WholeAsync(all, cancellationToken) };
                }

                await run.TranscriptStore!.SaveAsync(Scope(run), changeset, cancellationToken);
                _failed = [];
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                LogFailed(run.RunId, exception);
                _failed = all;
            }
        }
        finally
        {
            oneByOne.Release();
        }
    }

    /// <summary>The whole conversation behind some changes, for an author's loop: it begins without what runs before it have said.</summary>
    private async ValueTask<IReadOnlyList<UIMessage>> WholeAsync(IReadOnlyList<TranscriptChange> changes, CancellationToken cancellationToken)
    {
        StoredConversation? stored = await run.TranscriptStore!.LoadAsync(Scope(run), cancellationToken);
        List<UIMessage> whole = [.. stored?.Messages.Select(static message => message.Message) ?? []];
        foreach (TranscriptChange change in changes)
        {
            switch (change)
            {
                case TranscriptChange.Put put when whole.FindIndex(message => message.Id == put.Message.Id) is >= 0 and var place:
                    whole[place] = put.Message;
                    break;
                case TranscriptChange.Put put:
                    whole.Add(put.Message);
                    break;
                case TranscriptChange.TruncateAfter { Id: var last } when last.Length == 0 || whole.Exists(message => message.Id == last):
                    int kept = whole.FindIndex(message => message.Id == last) + 1;
                    whole.RemoveRange(kept, whole.Count - kept);
                    break;
            }
        }

        return whole;
    }

    [LoggerMessage(2073, LogLevel.Error, "The conversation of run {RunId} could not be saved; the next save tries again.")]
    private partial void LogFailed(string runId, Exception exception);
}
