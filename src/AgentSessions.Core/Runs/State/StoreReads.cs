using AgentSessions.Core.Runs.Writing;
using AgentSessions.Core.Storage;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Core.Runs.State;

/// <summary>Reads the store for a run, again and again while it is away: a run that cannot read cannot answer.</summary>
/// <param name="runId">The run.</param>
/// <param name="options">How long it waits in between.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Hears of each read that failed.</param>
internal sealed partial class StoreReads(string runId, OutWriterOptions options, TimeProvider time, ILogger logger)
{
    /// <param name="read">What may be done again.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<T> ReadAsync<T>(Func<ValueTask<T>> read, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(options, time);
        while (true)
        {
            try
            {
                return await read();
            }
            catch (StoreUnavailableException exception)
            {
                LogRetry(runId, exception.Message);
                await backoff.WaitAsync(cancellationToken);
            }
        }
    }

    [LoggerMessage(2030, LogLevel.Warning, "Run {RunId} could not read its session and tries again: {Reason}")]
    private partial void LogRetry(string runId, string reason);
}
