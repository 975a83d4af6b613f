using System.Globalization;

namespace AgentSessions.Simulation.Tests;

/// <summary>
/// Worlds from consecutive seeds. <c>AGENT_SESSIONS_SEEDS</c> sets how many (default 10,000), <c>AGENT_SESSIONS_FIRST_SEED</c> where to begin.
/// </summary>
public sealed class SimulationTests
{
    [Fact]
    public void EveryWorld_KeepsItsPromises()
    {
        int first = Setting("AGENT_SESSIONS_FIRST_SEED", 1);
        int count = Setting("AGENT_SESSIONS_SEEDS", 10_000);
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

    [Theory]
    [InlineData(88)]
    [InlineData(121)]
    [InlineData(390)]
    public void Message_WhenItsRunFailsToBoot_IsStillAnswered(int seed) => Assert.Empty(Simulation.Run(seed).Violations);

    [Theory]
    [InlineData(593)]
    [InlineData(925)]
    public void Boundary_WhenAnotherOwnerClaimsOnWhatItReadBefore_IsNotTakenBack(int seed) => Assert.Empty(Simulation.Run(seed).Violations);

    [Theory]
    [InlineData(878)]
    [InlineData(1463)]
    public void Boundary_WhenItsAnswerIsLostAndTheStoreAway_IsNotTakenBack(int seed) => Assert.Empty(Simulation.Run(seed).Violations);

    [Theory]
    [InlineData(2236)]
    public void Claim_WhoseAnswerIsLost_IsFollowedUp_ThoughTheCallerWentElsewhere(int seed) => Assert.Empty(Simulation.Run(seed).Violations);

    [Fact]
    public void OneSeed_IsOneWorld()
    {
        for (int seed = 1; seed <= 20; seed++)
        {
            Assert.Equal(Simulation.Run(seed).Trace, Simulation.Run(seed).Trace);
        }
    }

    private static int Setting(string name, int value) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int set) ? set : value;
}
