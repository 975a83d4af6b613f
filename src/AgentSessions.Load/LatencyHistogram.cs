using System.Numerics;

namespace AgentSessions.Load;

/// <summary>Counts durations in buckets whose width is under one percent of their value, in constant memory.</summary>
/// <remarks>Safe for many writers at once. Resolution is one microsecond; durations beyond about 19 hours count as that.</remarks>
public sealed class LatencyHistogram
{
    // Values under 2 × 128 have a bucket each; above, each power of two is cut in 128.
    private const int SubBucketBits = 7;
    private const int SubBuckets = 1 << SubBucketBits;
    private const int MaxBits = 36;

    private readonly long[] _counts = new long[(MaxBits - SubBucketBits + 1) * SubBuckets];
    private long _max;

    /// <summary>Adds one duration; a negative one counts as zero.</summary>
    public void Record(TimeSpan duration)
    {
        long micros = Math.Clamp(duration.Ticks / TimeSpan.TicksPerMicrosecond, 0, (1L << MaxBits) - 1);
        Interlocked.Increment(ref _counts[BucketOf(micros)]);
        long seen = Volatile.Read(ref _max);
        while (micros > seen)
        {
            long before = Interlocked.CompareExchange(ref _max, micros, seen);
            if (before == seen)
            {
                break;
            }

            seen = before;
        }
    }

    /// <summary>The percentiles of everything recorded so far.</summary>
    public LatencySummary Summarize()
    {
        long[] counts = (long[])_counts.Clone();
        long total = counts.Sum();
        return total == 0
            ? default
            : new LatencySummary(total, At(counts, total, 0.50), At(counts, total, 0.90), At(counts, total, 0.99), Micros(_max));
    }

    private TimeSpan At(long[] counts, long total, double quantile)
    {
        long rank = Math.Max(1, (long)Math.Ceiling(total * quantile));
        for (int bucket = 0; bucket < counts.Length; bucket++)
        {
            rank -= counts[bucket];
            if (rank <= 0)
            {
                return Micros(Math.Min(UpperEdge(bucket), _max));
            }
        }

        return Micros(_max);
    }

    private static int BucketOf(long micros)
    {
        int shift = Math.Max(0, BitOperations.Log2((ulong)micros | 1) - SubBucketBits);
        return (shift << SubBucketBits) + (int)(micros >> shift);
    }

    private static long UpperEdge(int bucket)
    {
        int shift = Math.Max(0, (bucket >> SubBucketBits) - 1);
        long top = bucket - ((long)shift << SubBucketBits);
        return ((top + 1) << shift) - 1;
    }

    private static TimeSpan Micros(long micros) => TimeSpan.FromMicroseconds(micros);
}
