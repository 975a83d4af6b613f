using System.Diagnostics;
using AgentSessions.TestServer;
using Xunit.Abstractions;

namespace AgentSessions.Deploy.Tests.Cluster;

/// <summary>How long answers that are owed stand still when their node dies or leaves, while no client asks for them.</summary>
/// <remarks>CLUSTER_PICKUPS chooses how many nodes die and how many leave; the long form is 10 of each, and only it is held to the promised times.</remarks>
[Collection(nameof(SharedCluster))]
public sealed class PickUpTests(SharedCluster shared, ITestOutputHelper output)
{
    private const int Chats = 9;
    private const int MoreRounds = 5;
    private const string Length = "CLUSTER_PICKUPS";

    private static readonly TimeSpan _afterKill = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan _afterLeave = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Owed_OnANodeThatIsKilled_IsAnsweredElsewhereUnasked()
    {
        IReadOnlyList<TimeSpan> times = await MeasureAsync("killed", node => shared.Cluster.KillNodeAsync(node), static chat => chat.PickedUp);
        AssertWithin(_afterKill, times);
    }

    [Fact]
    public async Task Owed_OnANodeThatLeaves_IsAnsweredElsewhereUnasked()
    {
        IReadOnlyList<TimeSpan> times = await MeasureAsync("left", node => shared.Cluster.StopNodeAsync(node), static chat => chat.Silence);
        AssertWithin(_afterLeave, times);
    }

    private async Task<IReadOnlyList<TimeSpan>> MeasureAsync(
        string what, Func<int, Task> end, Func<(TimeSpan PickedUp, TimeSpan Silence), TimeSpan> choose)
    {
        var times = new List<TimeSpan>();
        int rounds = Rounds ?? 1;

        // Chats are spread at random: of a round that had none on the node nothing is learned.
        for (int round = 0; round < rounds || (times.Count == 0 && round < rounds + MoreRounds); round++)
        {
            int node = (round % shared.Nodes) + 1;
            using var limit = new CancellationTokenSource(_limit);
            using WireClient client = shared.Client(except: node);
            OwedChat[] chats = [.. Enumerable.Range(0, Chats).Select(i => new OwedChat(client, $"{what}-{round}-{i}"))];
            await Task.WhenAll(chats.Select(chat => chat.AskAsync(limit.Token)));

            long since = Stopwatch.GetTimestamp();
            Task ending = end(node);
            foreach (OwedChat chat in chats)
            {
                if (await chat.AnsweredAsync(since, limit.Token) is { } moved)
                {
                    times.Add(choose(moved));
                }
            }

            await ending;
            await shared.Cluster.StartNodeAsync(node);
        }

        times.Sort();
        Assert.NotEmpty(times);
        output.WriteLine(
            $"{times.Count} chats on nodes that were {what}: picked up after p50 {At(times, 0.5)} ms, p99 {At(times, 0.99)} ms, at most {times[^1].TotalMilliseconds:F0} ms");
        return times;
    }

    private static int? Rounds => TestSetting.Find(Length);

    private static string At(List<TimeSpan> times, double share) => $"{times[(int)Math.Ceiling(times.Count * share) - 1].TotalMilliseconds:F0}";

    private static void AssertWithin(TimeSpan most, IReadOnlyList<TimeSpan> times) =>
        Assert.All(times.Take((int)Math.Ceiling(times.Count * 0.99)), time => Assert.InRange(time, TimeSpan.Zero, Promised.Within(most, Length)));
}
