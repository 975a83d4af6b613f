using AgentSessions.Load;
using AgentSessions.Load.Scenarios;
using AgentSessions.TestServer;
using Xunit.Abstractions;

namespace AgentSessions.Server.Tests;

/// <summary>Promise R13: what nobody can answer fails its own turns and nothing else, neither the server nor the chats beside it, and not over a kill either.</summary>
/// <remarks>POISON_SECONDS chooses how long the others are measured each time; from 60 on, the long form, they may take twice as long beside it and no longer.</remarks>
public sealed class PoisonTests(ITestOutputHelper output) : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(5);

    // A machine that also runs other tests lets some appends wait in any few seconds: ten times what is promised to the slowest of them at rest.
    private static readonly TimeSpan _noise = TimeSpan.FromSeconds(5);

    private readonly string _directory = Directory.CreateTempSubdirectory("poison-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Poison_FailsItsOwnTurns_AndNothingElse_OverAKill()
    {
        int seconds = TestSetting.Number("POISON_SECONDS", 2);
        await using ServerProcess server = await ServerProcess.StartAsync(_directory, $"--AgentSessions:Agents:{Poison.Deadly}:MaxDuration=00:00:00.2");
        using var client = new WireClient(server.BaseUrl, server.SecretKey);
        using var leave = new CancellationTokenSource();
        using var limit = new CancellationTokenSource(_patience + TimeSpan.FromSeconds(5 * seconds));
        await MeasureAsync(server, 1);
        TimeSpan alone = await MeasureAsync(server, seconds);

        Poison[] kinds = Poison.Kinds();
        Task spread = Task.WhenAll(kinds.Select(poison => poison.SpreadAsync(client, leave.Token, limit.Token)));
        await Eventually.TrueAsync(() => Task.FromResult(spread.IsFaulted || kinds.All(static poison => poison.Taken > 0)), "one of each kind", limit.Token);
        TimeSpan before = await MeasureAsync(server, seconds);
        int[] taken = [.. kinds.Select(static poison => poison.Taken)];
        await KillAsync(server, client);
        TimeSpan after = await MeasureAsync(server, seconds);
        await leave.CancelAsync();
        await spread;

        output.WriteLine(
            $"append p99 {alone.TotalMilliseconds:F1} ms alone, {before.TotalMilliseconds:F1} ms beside poison, {after.TotalMilliseconds:F1} ms behind a kill; "
            + string.Join<Poison>(", ", kinds));
        Assert.All(kinds.Zip(taken), static kind => Assert.True(kind.First.Taken > kind.Second, $"{kind.First} were all before the kill."));
        AssertUnharmed(before, alone, seconds);
        AssertUnharmed(after, alone, seconds);
    }

    /// <summary>Chats that are killed beside the poisoned ones lose nothing.</summary>
    private static async Task KillAsync(ServerProcess server, WireClient client)
    {
        using LoadUnderFire load = LoadUnderFire.Start(client, _patience);
        await load.MoveEveryAsync();
        await server.KillAsync();
        load.Killed();
        await server.StartAsync();
        await load.MoveEveryAsync();
        await load.EndAsync();
    }

    /// <summary>Twenty chats whose turns are short, to their ends.</summary>
    /// <returns>The append p99.</returns>
    private static async Task<TimeSpan> MeasureAsync(ServerProcess server, int seconds)
    {
        LoadResult result = await new LoadGenerator(new LoadTarget { Addresses = [server.BaseUrl], SecretKey = server.SecretKey }).TakeTurnsAsync(
            new TurnLoad { Sessions = 20, ChunksPerTurn = 5, ChunkDelay = TimeSpan.FromMilliseconds(20), RampUp = TimeSpan.FromMilliseconds(100), Duration = TimeSpan.FromSeconds(seconds) });
        Assert.Empty(result.Errors);
        Assert.True(result.Order.None, $"{result.Order}");
        return result.Append.P99;
    }

    private static void AssertUnharmed(TimeSpan beside, TimeSpan alone, int seconds) =>
        Assert.True(beside < 2 * alone || (seconds < 60 && beside < _noise), $"Appends took {beside} beside poison, {alone} alone.");
}
