using System.Text.Json;
using AgentSessions.Client.Tests.Hosting;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Client.Tests.Chats;

/// <summary>What cancelling a send stops of which nobody reads the answer.</summary>
public sealed class CancelTests
{
    [Fact]
    public async Task UnreadTurn_ThatRuns_IsStopped()
    {
        var server = new ScriptedConnection { Exists = false, IsSettled = false };
        await using AgentChat chat = Hosting.Chats.Over(server);
        using var leaving = new CancellationTokenSource();
        await chat.SendMessageAsync("hi", leaving.Token);
        server.Answer("m", "on its way");

        await leaving.CancelAsync();
        await chat.DisposeAsync();

        Assert.Equal(1, Stops(server));
    }

    [Fact]
    public async Task UnreadTurn_ThatHasNotBegun_IsStopped()
    {
        var server = new ScriptedConnection { Exists = false };
        await using AgentChat chat = Hosting.Chats.Over(server);
        using var leaving = new CancellationTokenSource();
        await chat.SendMessageAsync("hi", leaving.Token);

        await leaving.CancelAsync();
        await chat.DisposeAsync();

        Assert.Equal(1, Stops(server));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task UnreadTurn_ThatIsOver_StopsNoOther(bool isSettled)
    {
        var server = new ScriptedConnection { Exists = false };
        await using AgentChat chat = Hosting.Chats.Over(server);
        using var leaving = new CancellationTokenSource();
        await chat.SendMessageAsync("hi", leaving.Token);
        server.Answer("m", "done").Boundary(0);
        server.IsSettled = isSettled;

        await leaving.CancelAsync();
        await chat.DisposeAsync();

        Assert.Equal(0, Stops(server));
    }

    [Fact]
    public async Task UnreadTurn_OfAChatThatWasDisposed_IsNotStopped()
    {
        var server = new ScriptedConnection { Exists = false, IsSettled = false };
        using var leaving = new CancellationTokenSource();
        await using (AgentChat chat = Hosting.Chats.Over(server))
        {
            await chat.SendMessageAsync("hi", leaving.Token);
        }

        await leaving.CancelAsync();

        Assert.Single(server.In);
    }

    [Fact]
    public async Task UnreadTurn_ThatALaterReadHasPassed_IsForgotten()
    {
        var server = new ScriptedConnection { Exists = false, OnInput = static (server, sequence, _) => server.Answer("m", "done").Boundary(sequence) };
        await using AgentChat chat = Hosting.Chats.Over(server);
        using var leaving = new CancellationTokenSource();
        await chat.SendMessageAsync("hi", leaving.Token);
        await chat.TextAsync("more", leaving.Token);
        int windows = server.Windows.Count;

        await leaving.CancelAsync();
        await chat.DisposeAsync();

        Assert.Equal((0, windows), (Stops(server), server.Windows.Count));
    }

    [Fact]
    public async Task NextMessage_WaitsForTheStopOfTheTurnBefore()
    {
        var stopping = new TaskCompletionSource();
        var server = new ScriptedConnection { Exists = false, BeforeInput = input => Kind(input) == "stop" ? stopping.Task : Task.CompletedTask };
        await using AgentChat chat = Hosting.Chats.Over(server);
        using var leaving = new CancellationTokenSource();
        AgentChatStream first = await chat.SendMessageAsync("one", leaving.Token);
        server.Say(new StartChunk("m"));
        await using IAsyncEnumerator<UIMessageChunk> chunks = first.GetAsyncEnumerator(Within.Time());
        await chunks.MoveNextAsync();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await chunks.MoveNextAsync());

        Task<AgentChatStream> second = chat.SendMessageAsync("two", Within.Time());

        Assert.False(second.IsCompleted);
        stopping.SetResult();
        await second;
        Assert.Equal(["message", "stop", "message"], server.In.Select(Kind));
    }

    [Fact]
    public async Task Send_WithACancelledToken_StopsNothing()
    {
        var server = new ScriptedConnection { Exists = false };
        await using AgentChat chat = Hosting.Chats.Over(server);
        await chat.PreloadAsync(Within.Time());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => chat.SendMessageAsync("hi", new CancellationToken(canceled: true)));
        await chat.DisposeAsync();

        Assert.Empty(server.In);
    }

    private static string? Kind(JsonElement input) => input.GetProperty("kind").GetString();

    private static int Stops(ScriptedConnection server) => server.In.Count(static input => Kind(input) == "stop");
}
