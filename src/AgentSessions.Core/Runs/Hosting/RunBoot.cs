using System.Text.Json;
using AgentSessions.Agents;
using AgentSessions.Core.Runs.Input;
using AgentSessions.Core.Runs.State;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Core.Turns;
using AgentSessions.Core.Turns.Lanes;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Core.Runs.Hosting;

/// <summary>What a run does before its first turn, in the order of the lifecycle document, section 4.</summary>
internal sealed partial class RunBoot(RunState run, ILogger logger)
{
    private const int PageBytes = 256 * 1024;

    /// <summary>A message that is gone on with is among the newest; older ones need not be parsed for it.</summary>
    private const int ContinuableMessages = 16;

    /// <summary>The ids of partial answers that are kept for good.</summary>
    private readonly List<string> _settled = [];

    private bool _isDecided;

    /// <summary>Reads what the session owes: its unanswered input.</summary>
    public async Task LoadInputAsync(CancellationToken cancellationToken)
    {
        await ReadAsync(() => run.LoadLineageAsync(cancellationToken));
        await ReadBacklogAsync(cancellationToken);
    }

    /// <summary>Reads what was said before: transcript and unfinished answer. A run without hooks needs neither.</summary>
    /// <returns>Null if there was nothing before.</returns>
    public async Task<OutReplayResult?> LoadPastAsync(CancellationToken cancellationToken)
    {
        if (!run.HasPast)
        {
            return null;
        }

        long covered = await LoadConversationAsync(cancellationToken);
        await ReadAsync(() => run.Journal.LoadAsync(cancellationToken));
        OutReplayResult replayed = await ReplayAsync(covered, cancellationToken);
        foreach (ReplayedMessage settled in replayed.Settled)
        {
            run.Conversation.Put(settled.Message, settled.IsFinal);
        }

        return replayed;
    }

    /// <summary>Loads the conversation from where it is kept.</summary>
    /// <returns>The sequence on <c>out</c> that it covers, or -1.</returns>
    private async Task<long> LoadConversationAsync(CancellationToken cancellationToken)
    {
        if (run.TranscriptStore is not { } store)
        {
            if (run.Shared.Kept.Take(run.Start) is var (conversation, state))
            {
                run.Load(conversation, state);
                return run.Start.Progress.LastBoundary;
            }

            StoredTranscript own = await ReadAsync(
                () => run.Shared.Store.ReadTranscriptAsync(run.Start.Session.Key, limit: null, before: null, cancellationToken));
            run.Load(Conversation.Load(own.Messages), LaneState.Read(own.State));
            return own.LastOutSequence;
        }

        try
        {
            if (await store.LoadAsync(TranscriptSaves.Scope(run), cancellationToken) is { } stored)
            {
                run.Load(Conversation.Load(stored.Messages), LaneState.Read(stored.State?.GetRawText()));
                return stored.LastOutEventId ?? -1;
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The streams still hold the newest turns; an answer without the rest is better than none.
            LogNotLoaded(run.RunId, exception);
        }

        return -1;
    }

    /// <summary>Calls the hooks of a run's beginning. Messages that come meanwhile are turns of their own, and change nothing here.</summary>
    /// <param name="replayed">What was said before, or null.</param>
    /// <param name="guard">Ends this once nobody waits for a hook any more.</param>
    /// <param name="cancellationToken">Given to the hooks.</param>
    public async Task CallHooksAsync(OutReplayResult? replayed, TurnGuard guard, CancellationToken cancellationToken)
    {
        await guard.CallAsync(() => run.Hooks.OnBootAsync(Context(), cancellationToken));
        if (run.AwaitsHandover)
        {
            // The answer on `out` is still being given: by the process that hands over, or from its handover on.
            run.HandedPartial = replayed?.RawPartial;
        }
        else
        {
            await RecoverAsync(replayed, [.. Recovery.InFlight(run).Where(IsBacklog)], guard, cancellationToken);
        }

        if (run.IsPreloaded && !run.Inbox.Peek().Any(IsBacklog))
        {
            await guard.CallAsync(() => run.Hooks.OnPreloadAsync(Context(), cancellationToken));
        }
    }

    /// <summary>Takes off the messages that keep a partial answer since an earlier recovery.</summary>
    /// <returns>How many there are.</returns>
    public int TakeSettled()
    {
        _settled.AddRange(Recovery.TakeSettled(run));
        return _settled.Count;
    }

    /// <summary>Decides what becomes of an answer that broke off, if there is one.</summary>
    /// <inheritdoc cref="CallHooksAsync"/>
    public Task RecoverAsync(OutReplayResult? replayed, TurnGuard guard, CancellationToken cancellationToken) =>
        RecoverAsync(replayed, Recovery.InFlight(run), guard, cancellationToken);

    /// <summary>What an answer that broke off says, if nothing was decided about it yet; null if there is none.</summary>
    public UIMessage? Undecided(OutReplayResult? replayed)
    {
        // If no answer began behind one that is kept, it is still the last on `out`. It was decided about, and is nobody else's.
        return !_isDecided && replayed?.Partial is { } partial && !_settled.Contains(partial.Id) ? partial : null;
    }

    private async Task RecoverAsync(OutReplayResult? replayed, InputRecord[] inFlight, TurnGuard guard, CancellationToken cancellationToken)
    {
        if (Undecided(replayed) is not { } partial)
        {
            return;
        }

        RecoveryPlan? plan = await new Recovery(run, guard, Metadata(), logger).RecoverAsync(partial, replayed!, inFlight, cancellationToken);
        _isDecided = true;
        if (plan?.BeforeTurns is { } work)
        {
            await guard.CallAsync(() => work(cancellationToken));
        }
    }

    /// <summary>Whether a record was there when the run was claimed.</summary>
    private bool IsBacklog(InputRecord record) => record.Sequence < run.Start.InTail.Value;

    /// <summary>Reads what <c>out</c> holds behind the transcript.</summary>
    private async Task<OutReplayResult> ReplayAsync(long covered, CancellationToken cancellationToken)
    {
        var stream = StreamId.Out(run.Start.Session.Key);

        // A run that was taken for dead may have written until the claim was stored, behind the tail that the claim had read.
        Cursor tail = run.Start.Progress.Deaths > 0
            ? (await ReadAsync(() => run.Shared.Store.GetBoundsAsync(stream, cancellationToken))).Tail
            : run.Start.OutTail;
        Cursor from = Cursor.After(covered);
        OutReplay? replay = null;
        while (from < tail)
        {
            Cursor position = from;
            if (await ReadAsync(() => run.Shared.Store.ReadAsync(stream, position, PageBytes, cancellationToken)) is not { } batch)
            {
                break;
            }

            // Behind a boundary there is often only the command that trims, and nothing to be gone on with.
            foreach (StreamRecord record in batch.Decode().Where(record => record.Sequence < tail.Value && !record.IsCommand))
            {
                Replay(replay ??= new OutReplay(Continuable()), record);
            }

            from = batch.Tail;
        }

        return (replay ?? new OutReplay([])).Complete();
    }

    /// <summary>The messages that what <c>out</c> holds may go on with.</summary>
    private IEnumerable<UIMessage> Continuable()
    {
        // What was kept of an answer to a message that is still owed is on `out` from its beginning: gone on with from what is kept, it would be said twice.
        int owed = Recovery.InFlight(run).Select(record => run.Conversation.IndexOf(record.Message!.Id)).FirstOrDefault(static place => place >= 0, run.Conversation.Count);
        int newest = Math.Max(0, owed - ContinuableMessages);
        return Enumerable.Range(newest, owed - newest).Select(place => run.Conversation[place]);
    }

    private void Replay(OutReplay replay, StreamRecord record)
    {
        if (record.Control == ControlHeaders.TurnComplete)
        {
            replay.AddBoundary();
        }

        if (record.Headers.Count > 0)
        {
            return;
        }

        try
        {
            replay.Add(JsonElement.Parse(record.Body).GetProperty("data"u8).Deserialize<UIMessageChunk>(UIJson.Options)!);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            // The direct-write sink takes any text; what is no chunk is no part of an answer.
            LogNotAChunk(run.RunId, record.Sequence);
        }
    }

    /// <summary>Queues the input that came before the run and is still owed. Its stops are old: they acted, or what they meant is over.</summary>
    private async Task ReadBacklogAsync(CancellationToken cancellationToken)
    {
        Cursor from = Cursor.After(run.Start.Progress.ResumeFloor);
        while (from < run.Start.InTail)
        {
            Cursor position = from;
            if (await ReadAsync(() => run.Shared.Store.ReadAsync(StreamId.In(run.Start.Session.Key), position, PageBytes, cancellationToken)) is not { } batch)
            {
                return;
            }

            foreach (StreamRecord record in batch.Decode().Where(record => record.Sequence < run.Start.InTail.Value && !record.IsCommand))
            {
                run.Inbox.Receive(InputRecord.Read(record), isOld: run.HasPast);
            }

            from = batch.Tail;
        }
    }

    private BootContext Context() => run.Hooks.Contexts.Boot(run, new BootOutput(run.Writer), Metadata(), run.Options.Json);

    private JsonElement? Metadata() => run.BootPayload.TryGetProperty("metadata", out JsonElement metadata) ? metadata : null;

    private async ValueTask ReadAsync(Func<ValueTask> read) => await ReadAsync(async () =>
    {
        await read();
        return true;
    });

    private ValueTask<T> ReadAsync<T>(Func<ValueTask<T>> read) => run.Reads.ReadAsync(read, run.RunAborted);

    [LoggerMessage(2033, LogLevel.Error, "The conversation of run {RunId} could not be loaded; it goes on with what the streams hold.")]
    private partial void LogNotLoaded(string runId, Exception exception);

    [LoggerMessage(2031, LogLevel.Warning, "Record {Sequence} of out is no chunk; run {RunId} passes it over.")]
    private partial void LogNotAChunk(string runId, long sequence);
}
