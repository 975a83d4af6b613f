namespace AgentSessions.Core.Nodes;

/// <summary>How long things took, as counts that several nodes can add up: a bucket is a tenth wider than the one before it.</summary>
/// <param name="Counts">How many there are in each bucket that has any, by its number.</param>
public sealed record Latencies(IReadOnlyDictionary<int, int> Counts)
{
    private const double Smallest = 0.001;
    private const double Growth = 1.1;

    private static readonly double _step = Math.Log(Growth);

    /// <summary>The bucket of a duration in seconds; everything up to a millisecond shares one.</summary>
    public static int BucketOf(double seconds) => seconds <= Smallest ? 0 : (int)Math.Ceiling(Math.Log(seconds / Smallest) / _step);

    /// <summary>All of them together.</summary>
    public static Latencies Sum(IEnumerable<Latencies> all) => new(all
        .SelectMany(static one => one.Counts)
        .GroupBy(static bucket => bucket.Key, static bucket => bucket.Value)
        .ToDictionary(static bucket => bucket.Key, static bucket => bucket.Sum()));

    /// <summary>The seconds that this part of them did not exceed, at most a tenth too much; null if there are none.</summary>
    /// <param name="part">Such as 0.95.</param>
    public double? Quantile(double part)
    {
        int rank = Math.Max(1, (int)Math.Ceiling(part * Counts.Values.Sum()));
        foreach ((int bucket, int count) in Counts.OrderBy(static bucket => bucket.Key))
        {
            rank -= count;
            if (rank <= 0)
            {
                return Smallest * Math.Pow(Growth, bucket);
            }
        }

        return null;
    }
}
