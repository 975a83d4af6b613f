using System.Text.Json;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Gateway.Tests.Hosting;
using AgentSessions.TestServer;

namespace AgentSessions.Gateway.Tests.Stagent;

/// <summary>A store that fails for a while delays a stream and never cuts it.</summary>
public sealed class StoreFaultTests
{
    [Fact]
    public async Task Stream_WhileTheStoreFails_WaitsForIt_AndEndsWithDone()
    {
        await using StagentServerHandle handle = await StagentServerHandle.NewAsync();
        StagentServer server = handle.Server;
        string id = await server.NewAsync("gate");
        await using TurnReader turn = await TurnReader.SendAsync(server, id, new { content = "on" });
        await turn.UntilAsync("delta");

        await FailAsync(server, () => server.Open("on"));
        List<JsonElement> events = await turn.ReadAllAsync();

        Assert.Equal("out", StagentCalls.TextOf(events));
        Assert.Equal("done", StagentCalls.TypeOf(events[^1]));
        Assert.Equal(["on", "in out"], (await server.HistoryAsync(id)).Select(static row => row.Content));
        Assert.Equal("done", StagentCalls.TypeOf((await ChatOnAsync(server, id))[^1]));
        string[] told = [.. server.Logs.Lines.Where(static line => line.Contains("cannot be followed", StringComparison.Ordinal))];
        Assert.NotEmpty(told);
        Assert.All(told, static line => Assert.EndsWith("A turn cannot be followed while the store fails; trying again: away", line));
    }

    [Fact]
    public async Task Request_WhoseTimeIsUpWhileTheStoreFails_ExpiresWhenItIsBack()
    {
        await using StagentServerHandle handle = await StagentServerHandle.NewAsync();
        StagentServer server = handle.Server;
        string id = await server.NewAsync("permission");
        await using TurnReader turn = await TurnReader.SendAsync(server, id, new { content = "read" });
        await turn.UntilAsync("permission_request");
        await server.UntilSettledAsync(id);

        await FailAsync(server, () => server.Clock.Advance(TimeSpan.FromSeconds(121)));
        List<JsonElement> events = await turn.ReadAllAsync();

        Assert.Equal("Denied: The request timed out: nobody answered it.", StagentCalls.TextOf(events));
        Assert.Equal("done", StagentCalls.TypeOf(events[^1]));
    }

    [Fact]
    public async Task Message_BehindWhichTheStoreFails_IsTaken_AndItsTurnIsStreamed()
    {
        await using StagentServerHandle handle = await StagentServerHandle.NewAsync();
        StagentServer server = handle.Server;
        string id = await server.NewAsync("gate");
        server.Store.CommitFailure = commit =>
        {
            if (commit.Appends.Any(static append => append.Stream.Direction == StreamDirection.In))
            {
                server.Store.StateFailure = new StoreUnavailableException("away");
            }

            return null;
        };

        Task<List<JsonElement>> chat = ChatOnAsync(server, id);
        await Eventually.TrueAsync(() => Task.FromResult(server.Store.StateFailures >= 5), "tries while the store fails");
        server.Store.StateFailure = null;

        Assert.Equal("done", StagentCalls.TypeOf((await chat)[^1]));
        Assert.Equal(["next", "in out"], (await server.HistoryAsync(id)).Select(static row => row.Content));
        Assert.Equal("next", (await server.SendAsync("GET", $"{StagentCalls.Conversations}/{id}", token: null)).Field("title"));
    }

    [Fact]
    public async Task LookForTurns_WhileTheStoreFails_IsALineEach_AndAnyOtherFailureHasItsTrace()
    {
        await using StagentServerHandle handle = await StagentServerHandle.NewAsync();
        StagentServer server = handle.Server;

        server.Store.StateFailure = new StoreUnavailableException("It is away.");
        string[] away = await FailedRoundsAsync(server, 2);
        Assert.All(away, static line => Assert.EndsWith("Looking for unfollowed turns failed: It is away.", line));

        server.Store.StateFailure = new InvalidOperationException("It is broken.");
        Assert.Contains("   at ", (await FailedRoundsAsync(server, away.Length + 2))[^1]);
        server.Store.StateFailure = null;
    }

    private static async Task<string[]> FailedRoundsAsync(StagentServer server, int count)
    {
        string[] found = [];
        await Eventually.TrueAsync(
            () =>
            {
                server.Clock.Advance(TimeSpan.FromSeconds(2));
                found = [.. server.Logs.Lines.Where(static line => line.Contains("unfollowed turns", StringComparison.Ordinal))];
                return Task.FromResult(found.Length >= count);
            },
            "rounds that fail");
        return found;
    }

    private static Task<List<JsonElement>> ChatOnAsync(StagentServer server, string id)
    {
        server.Open("next");
        return server.ChatAsync(id, new { content = "next" });
    }

    /// <summary>Lets something happen while nothing but chats can be stored, until that was tried several times.</summary>
    private static async Task FailAsync(StagentServer server, Action happen)
    {
        int before = server.Store.StateFailures;
        server.Store.StateFailure = new StoreUnavailableException("away");
        happen();
        await Eventually.TrueAsync(() => Task.FromResult(server.Store.StateFailures >= before + 5), "tries while the store fails");
        server.Store.StateFailure = null;
    }
}
