using System.Diagnostics;
using AgentSessions.Deploy.Tests.Network;
using AgentSessions.TestServer;
using Xunit.Abstractions;

namespace AgentSessions.Deploy.Tests.Cluster;

/// <summary>Three nodes under load whose links are cut and healed.</summary>
/// <remarks>PARTITION_CUTS and PARTITION_SECONDS choose how often and how long; the long form is 20 of each kind, for 5 to 90 seconds, and is held to its times. LONG_MINUTES ends each kind sooner.</remarks>
[Collection(nameof(PartitionedCluster))]
public sealed class PartitionTests(PartitionedCluster shared, ITestOutputHelper output)
{
    private const string Length = "PARTITION_CUTS";

    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(5);

    /// <summary>A node is given up after 8 s; a reader leaves a dead connection after 12 s, and may ask the same node once more, for another 10 s.</summary>
    private static readonly TimeSpan _afterCut = TimeSpan.FromSeconds(25);

    private static readonly TimeSpan _afterHeal = TimeSpan.FromMinutes(1);

    [NamespaceTheory]
    [InlineData(Partition.BetweenTwo)]
    [InlineData(Partition.OneWay)]
    [InlineData(Partition.Mute)]
    [InlineData(Partition.FromNodes)]
    [InlineData(Partition.FromEverything)]
    public async Task Cut_UnderLoad_LosesDoublesAndReordersNothing(Partition partition)
    {
        int made = 0;
        TimeSpan duration = TimeSpan.FromSeconds(TestSetting.Number("PARTITION_SECONDS", 8));
        using WireClient client = shared.Client();
        using LoadUnderFire load = shared.Load(client, _limit * TestSetting.Number(Length, 1), $"{partition}-");
        foreach (int number in TestSetting.Rounds(Length, 1))
        {
            made = number;
            await load.MoveEveryAsync();
            await CutAsync(partition);
            var cut = Stopwatch.StartNew();
            try
            {
                // Nobody waits for the link: chats of a node that is given up go on elsewhere, calls of others make a detour.
                await load.MoveEveryAsync();
                output.WriteLine($"{partition}: every chat heard something new {cut.ElapsedMilliseconds} ms after the cut");
                Assert.InRange(cut.Elapsed, TimeSpan.Zero, Promised.Within(_afterCut, Length));

                // Whoever must be given up is; where a third node vouches for both, nobody is.
                if (IsEvicted(partition))
                {
                    await shared.Overview.WaitForMembersAsync(2, shared.Nodes - 1, load.Limit);
                }

                // And so it goes on for as long as the cut lasts.
                while (cut.Elapsed < duration)
                {
                    await load.MoveEveryAsync();
                }
            }
            finally
            {
                await shared.Network.HealAsync();
            }

            var clock = Stopwatch.StartNew();
            await shared.Overview.WaitUntilWholeAsync(load.Limit);
            long served = clock.ElapsedMilliseconds;
            await load.MoveEveryAsync();
            output.WriteLine($"{partition}: all nodes served {served} ms after the link was back, every chat heard something new after {clock.ElapsedMilliseconds} ms");
            Assert.InRange(clock.Elapsed, TimeSpan.Zero, Promised.Within(_afterHeal, Length));
        }

        await load.EndAsync();
        Assert.InRange(await shared.Overview.CountActivationsAsync(load.Limit), 1, shared.Sessions);
        output.WriteLine($"{made} cuts, {load}");
    }

    private static bool IsEvicted(Partition partition) => partition is Partition.Mute or Partition.FromNodes or Partition.FromEverything;

    private async Task CutAsync(Partition partition)
    {
        LocalNetwork network = shared.Network;
        switch (partition)
        {
            case Partition.BetweenTwo:
                await network.CutAsync(1, 2);
                break;
            case Partition.OneWay:
                await network.DropAsync(1, 2);
                break;
            case Partition.Mute:
                await network.DropAsync(1, 2);
                await network.DropAsync(1, 3);
                break;
            case Partition.FromEverything:
                await network.CutAsync(1, 0);
                goto case Partition.FromNodes;
            case Partition.FromNodes:
                await network.CutAsync(1, 2);
                await network.CutAsync(1, 3);
                break;
        }
    }
}
