using AgentSessions.Core.Runs.Writing;
using AgentSessions.Core.Storage;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Core.Runs.State;

/// <summary>Reads the store for a run, again and again while it is away: a run that cannot read cannot answer.</summary>
internal sealed partial class StoreReads(RunState run, ILogger logger)
{
    /// <param name="read">What may be done again.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<T> ReadAsync<T>(Func<ValueTask<T>> read, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(run.Shared.Options.Out, run.Shared.Time);
        while (true)
        {
            try
            {
                return await read();
            }
            catch (StoreUnavailableException exception)
            {
                LogRetry(run.RunId, exception);
                await backoff.WaitAsync(cancellationToken);
            }
        }
    }

    [LoggerMessage(2030, LogLevel.Warning, "Run {RunId} could not read its session and tries again.")]
    private partial void LogRetry(string runId, Exception exception);
}
