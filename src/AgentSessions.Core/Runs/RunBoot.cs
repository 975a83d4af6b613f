using AgentSessions.Agents;
using AgentSessions.Core.Runs.Input;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Core.Turns;
using AgentSessions.Protocol.Records;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Core.Runs;

/// <summary>What a run does before its first turn, in the order of the lifecycle document, section 4.</summary>
internal sealed partial class RunBoot(RunState run, ILogger logger)
{
    private const int PageBytes = 256 * 1024;

    public async Task BootAsync(CancellationToken cancellationToken)
    {
        if (run.HasPast)
        {
            StoredTranscript stored = await ReadAsync(() => run.Shared.Store.ReadTranscriptAsync(run.Start.Session.Key, limit: null, before: null, cancellationToken));
            run.Conversation = Conversation.Load(stored.Messages);
        }

        await ReadBacklogAsync(cancellationToken);
        await run.Hooks.OnBootAsync(Context(), cancellationToken);
        if (run.IsPreloaded && run.Inbox.Peek().Count == 0)
        {
            await run.Hooks.OnPreloadAsync(Context(), cancellationToken);
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

    private System.Text.Json.JsonElement? Metadata() =>
        run.BootPayload.TryGetProperty("metadata", out System.Text.Json.JsonElement metadata) ? metadata : null;

    /// <summary>Reads the store, again and again while it is away: a run that cannot read cannot answer.</summary>
    private async ValueTask<T> ReadAsync<T>(Func<ValueTask<T>> read)
    {
        TimeSpan delay = run.Shared.Options.Out.RetryDelay;
        while (true)
        {
            try
            {
                return await read();
            }
            catch (StoreUnavailableException exception)
            {
                LogRetry(run.RunId, exception);
                await Task.Delay(delay, run.Shared.Time, run.RunAborted);
                delay = delay * 2 < run.Shared.Options.Out.MaxRetryDelay ? delay * 2 : run.Shared.Options.Out.MaxRetryDelay;
            }
        }
    }

    [LoggerMessage(2030, LogLevel.Warning, "Run {RunId} could not read its session and tries again.")]
    private partial void LogRetry(string runId, Exception exception);
}
