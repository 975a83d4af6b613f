using AgentSessions.Client.Tests.Hosting;

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

    private static int Stops(ScriptedConnection server) => server.In.Count(static input => input.GetProperty("kind").GetString() == "stop");
}
