using AgentSessions.Protocol.Errors;

namespace AgentSessions.Client.Retries;

/// <summary>The retry rules with their clock and their dice.</summary>
internal sealed class RetryPolicy(RetryOptions options, TimeProvider time, Random random)
{
    public RetryOptions Options => options;

    /// <summary>Repeats a call until it succeeds, fails for good, or the budget is spent.</summary>
    public async Task<T> RunAsync<T>(Func<CancellationToken, ValueTask<T>> call, CancellationToken cancellationToken)
    {
        for (int failures = 1; ; failures++)
        {
            try
            {
                return await call(cancellationToken).ConfigureAwait(false);
            }
            catch (SessionException exception) when (exception.IsTransient && failures < options.MaxFailures)
            {
                await DelayAsync(failures, exception.RetryAfter, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Waits before the next attempt: doubling, with jitter so that clients of a restarted server do not come all at once.</summary>
    /// <param name="failures">How many there were in a row, from 1.</param>
    /// <param name="retryAfter">What the server asked for.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task DelayAsync(int failures, TimeSpan? retryAfter, CancellationToken cancellationToken)
    {
        double jitter;
        lock (random)
        {
            jitter = random.NextDouble();
        }

        TimeSpan delay = options.FirstDelay * Math.Pow(2, Math.Min(failures - 1, 30)) * (0.5 + (jitter / 2));
        delay = retryAfter > delay ? retryAfter.Value : delay;
        return Task.Delay(delay < options.MaxDelay ? delay : options.MaxDelay, time, cancellationToken);
    }
}
