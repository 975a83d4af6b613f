namespace AgentSessions.Benchmarks.Sizing;

/// <summary>
/// One database partition that takes whatever waits as one transaction, again and again, while turns make chunks at their pace: how long a chunk waits
/// until it is durable.
/// </summary>
internal static class PartitionSimulation
{
    private const double Milliseconds = 10_000;

    /// <summary>Delays in milliseconds, and how many chunks share an append.</summary>
    public readonly record struct Outcome(double P50, double P99, double ChunksPerAppend, double AppendsPerSecond);

    public static Outcome Run(int turns, SizingConstants constants)
    {
        // The seed is fixed: the same sizes give the same figures.
        var random = new Random(1);
        double pace = 1000 / constants.ChunksPerSecond;
        double[] next = [.. Enumerable.Range(0, turns).Select(_ => random.NextDouble() * pace)];
        var delays = new List<double>();
        double now = 0;
        long appends = 0, chunks = 0;
        while (now < Milliseconds)
        {
            int batch = next.Count(due => due <= now);
            double done = now + constants.FlushMilliseconds + (batch * constants.AppendMilliseconds);
            for (int turn = 0; turn < turns; turn++)
            {
                appends += next[turn] <= now ? 1 : 0;
                for (; next[turn] <= now; next[turn] += pace)
                {
                    chunks++;
                    if (chunks % 64 == 0)
                    {
                        delays.Add(done - next[turn]);
                    }
                }
            }

            now = done;
        }

        delays.Sort();
        return new Outcome(delays[delays.Count / 2], delays[(int)(delays.Count * 0.99)], (double)chunks / appends, appends * 1000 / now);
    }

    /// <summary>The most turns of which a partition keeps the delay's p99 within a limit.</summary>
    public static int Most(TimeSpan limit, SizingConstants constants)
    {
        int most = 0;
        for (int step = 16_384; step > 0; step /= 2)
        {
            if (Run(most + step, constants).P99 <= limit.TotalMilliseconds)
            {
                most += step;
            }
        }

        return most;
    }
}
