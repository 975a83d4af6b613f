using System.Collections;
using System.Diagnostics;

namespace AgentSessions.TestServer;

/// <summary>Waits for facts that nothing announces.</summary>
internal static class Eventually
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Looks again and again until it is so.</summary>
    /// <param name="fact">Whether it is.</param>
    /// <param name="what">What is waited for, to be told when it does not come.</param>
    /// <param name="limit">Gives up, in place of two minutes.</param>
    public static Task TrueAsync(Func<Task<bool>> fact, string what, CancellationToken limit = default) => HoldsAsync(fact, static isSo => isSo, what, limit);

    /// <summary>Looks again and again until a value is as wanted, and gives it.</summary>
    /// <param name="look">The value.</param>
    /// <param name="isWanted">Whether it is the one.</param>
    /// <param name="what">What is waited for, to be told when it does not come.</param>
    /// <param name="limit">Gives up, in place of two minutes.</param>
    /// <exception cref="TimeoutException">It did not come.</exception>
    public static async Task<T> HoldsAsync<T>(Func<Task<T>> look, Func<T, bool> isWanted, string what, CancellationToken limit = default)
    {
        long began = Stopwatch.GetTimestamp();
        while (true)
        {
            T value = await look();
            if (isWanted(value))
            {
                return value;
            }

            bool isOver = limit.CanBeCanceled ? limit.IsCancellationRequested : Stopwatch.GetElapsedTime(began) > _patience;
            if (isOver)
            {
                throw new TimeoutException($"Not seen after {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s: {what}. Seen: {Text(value)}");
            }

            await Task.Delay(_pause, limit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static string? Text(object? value) => value is IEnumerable items and not string ? string.Join(" | ", items.Cast<object?>()) : value?.ToString();
}
