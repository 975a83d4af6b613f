using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Models.Calls;

/// <summary>Makes a call again while that can help, and never once content was delivered.</summary>
/// <param name="jitter">Numbers from 0 (inclusive) to 1 (exclusive).</param>
internal sealed partial class ModelRetry(ModelRetryOptions options, TimeProvider time, Func<double> jitter, ILogger logger)
{
    // More leading updates than this without content is not a stream worth holding back.
    private const int HeldUpdates = 64;

    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        for (int number = 1; ; number++)
        {
            try
            {
                return await attempt(cancellationToken);
            }
            catch (ModelException failure)
            {
                failure.Attempts = number;
                if (!failure.IsTransient || number >= options.MaxAttempts)
                {
                    throw;
                }

                await WaitAsync(failure, cancellationToken);
            }
        }
    }

    /// <summary>Streams an attempt's updates. What comes before the first content is held back, so that a retry repeats none of it.</summary>
    public async IAsyncEnumerable<ChatResponseUpdate> StreamAsync(
        Func<CancellationToken, IAsyncEnumerable<ChatResponseUpdate>> attempt,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (int number = 1; ; number++)
        {
            List<ChatResponseUpdate>? held = [];
            ModelException? failed = null;
            await using IAsyncEnumerator<ChatResponseUpdate> updates = attempt(cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (true)
            {
                try
                {
                    if (!await updates.MoveNextAsync())
                    {
                        break;
                    }
                }
                catch (ModelException failure)
                {
                    failure.Attempts = number;
                    failure.ContentDelivered = held is null;
                    if (held is null || !failure.IsTransient || number >= options.MaxAttempts)
                    {
                        throw;
                    }

                    failed = failure;
                    break;
                }

                if (held is not null)
                {
                    held.Add(updates.Current);
                    if (!HasContent(updates.Current) && held.Count < HeldUpdates)
                    {
                        continue;
                    }

                    List<ChatResponseUpdate> first = held;
                    held = null;
                    foreach (ChatResponseUpdate update in first)
                    {
                        yield return update;
                    }
                }
                else
                {
                    yield return updates.Current;
                }
            }

            if (failed is null)
            {
                foreach (ChatResponseUpdate update in held ?? [])
                {
                    yield return update;
                }

                yield break;
            }

            await WaitAsync(failed, cancellationToken);
        }
    }

    private static bool HasContent(ChatResponseUpdate update) => update.Contents.Any(content => content switch
    {
        UsageContent => false,
        TextContent text => text.Text.Length > 0,
        _ => true,
    });

    private async Task WaitAsync(ModelException failure, CancellationToken cancellationToken)
    {
        TimeSpan delay = DelayAfter(failure);
        LogRetry(failure.Provider, failure.Kind, failure.Reason, failure.Attempts, delay.TotalSeconds);
        await Task.Delay(delay, time, cancellationToken);
    }

    private TimeSpan DelayAfter(ModelException failure)
    {
        if (failure.RetryAfter is { } asked)
        {
            // Spread over a tenth more, so that all who were refused together do not come back together.
            return Min(asked, options.MaxRetryAfter) * (1 + (0.1 * jitter()));
        }

        TimeSpan full = Min(options.BaseDelay * Math.Pow(2, failure.Attempts - 1), options.MaxDelay);
        return full * (0.5 + (0.5 * jitter()));
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    [LoggerMessage(3321, LogLevel.Warning, "Model {Model} failed: {Kind}: {Reason}. Attempt {Attempt}, trying again in {DelaySeconds} s")]
    private partial void LogRetry(string model, ModelErrorKind kind, string reason, int attempt, double delaySeconds);
}
