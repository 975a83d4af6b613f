using System.Collections.Concurrent;

namespace AgentSessions.Gateway.Limits;

/// <summary>Counts calls by key in windows of equal length; all counts start over together, so nothing has to be swept.</summary>
internal sealed class RateWindow<TKey>(int limit, TimeSpan window, TimeProvider time)
    where TKey : notnull
{
    private sealed record WindowCounts(long Number, ConcurrentDictionary<TKey, int> ByKey);

    private WindowCounts _counts = new(-1, new ConcurrentDictionary<TKey, int>());

    /// <summary>Counts one call.</summary>
    /// <param name="key">Whose call.</param>
    /// <param name="answer">What the call may be told.</param>
    /// <returns>False when there have been too many.</returns>
    public bool TryCount(TKey key, out RateAnswer answer)
    {
        long length = (long)window.TotalMilliseconds;
        long number = time.GetUtcNow().ToUnixTimeMilliseconds() / length;
        WindowCounts counts = Volatile.Read(ref _counts);
        if (counts.Number != number)
        {
            var fresh = new WindowCounts(number, new ConcurrentDictionary<TKey, int>());
            WindowCounts seen = Interlocked.CompareExchange(ref _counts, fresh, counts);
            counts = seen == counts ? fresh : seen;
        }

        int used = counts.ByKey.AddOrUpdate(key, 1, static (_, count) => count + 1);
        answer = new RateAnswer(limit, Math.Max(0, limit - used), (number + 1) * length);
        return used <= limit;
    }
}

/// <summary>A limit, what is left of it, and when it refills, in Unix milliseconds.</summary>
internal readonly record struct RateAnswer(int Limit, int Remaining, long ResetAt);
