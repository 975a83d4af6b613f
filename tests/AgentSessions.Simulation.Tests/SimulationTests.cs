using AgentSessions.TestServer;

namespace AgentSessions.Simulation.Tests;

/// <summary>
/// Worlds from consecutive seeds. <c>AGENT_SESSIONS_SEEDS</c> sets how many (default 10,000), <c>AGENT_SESSIONS_FIRST_SEED</c> where to begin.
/// </summary>
public sealed class SimulationTests
{
    [Fact]
    public void EveryWorld_KeepsItsPromises()
    {
        int first = TestSetting.Number("AGENT_SESSIONS_FIRST_SEED", 1);
        int count = TestSetting.Number("AGENT_SESSIONS_SEEDS", 10_000);
        var failed = new SortedDictionary<int, string>();
        Parallel.For(first, first + count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, seed =>
        {
            (IReadOnlyList<string> wrong, string trace) = Simulation.Run(seed);
            if (wrong.Count > 0)
            {
                lock (failed)
                {
                    failed[seed] = $"seed {seed} ({trace}): {string.Join(" | ", wrong.Take(3))}";
                }
            }
        });

        Assert.True(
            failed.Count == 0,
            failed.Count == 0 ? null : $"{failed.Count} of {count} worlds broke a promise.\n{string.Join('\n', failed.Values.Take(10))}\n{Simulation.Tell(failed.Keys.First())}");
    }

    [Fact]
    public void OneSeed_IsOneWorld()
    {
        for (int seed = 1; seed <= 20; seed++)
        {
            Assert.Equal(Simulation.Run(seed).Trace, Simulation.Run(seed).Trace);
        }
    }
}
