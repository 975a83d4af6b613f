using AgentSessions.Core.Storage;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Gateway.Stagent.Turns;

/// <summary>Waits for a store that cannot be used for now: the stream of a turn cannot be resumed, so it rather waits than breaks.</summary>
internal sealed partial class StoreRetry(TimeProvider time, ILogger<StoreRetry> logger)
{
    private static readonly TimeSpan _delay = TimeSpan.FromMilliseconds(200);

    /// <summary>Repeats a step until the store takes it.</summary>
    /// <param name="step">What may be done again when it failed halfway.</param>
    /// <param name="viewer">Who is told meanwhile that the stream lives.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<T> RunAsync<T>(Func<CancellationToken, ValueTask<T>> step, ITurnViewer viewer, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await step(cancellationToken);
            }
            catch (Exception exception) when (StoreFault.Is(exception))
            {
                LogRetry(exception.Message);
            }

            await viewer.TickAsync();
            await Task.Delay(_delay, time, cancellationToken);
        }
    }

    [LoggerMessage(5413, LogLevel.Warning, "A turn cannot be followed while the store fails; trying again: {Reason}")]
    private partial void LogRetry(string reason);
}
