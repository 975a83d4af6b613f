using AgentSessions.FakeModels;
using AgentSessions.Models.Calls;
using AgentSessions.Models.OpenAI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;

namespace AgentSessions.Models.Tests.OpenAI;

public sealed class TimeoutTests
{
    private readonly ManualTime _clock = new();
    private readonly ModelCallOptions _limits = new()
    {
        FirstTokenTimeout = TimeSpan.FromSeconds(30),
        IdleTimeout = TimeSpan.FromSeconds(20),
        TotalTimeout = TimeSpan.FromSeconds(100),
    };

    private OpenAICompatibleChatClient Client(FakeModelServer server, int attempts = 1) => new(
        new OpenAICompatibleOptions
        {
            Name = "test",
            Endpoint = server.Url,
            Model = "fake-1",
            Calls = _limits,
            Retries = new ModelRetryOptions { MaxAttempts = attempts, BaseDelay = TimeSpan.Zero },
        },
        time: _clock);

    [Fact]
    public async Task Silence_BeforeTheFirstToken_TimesOutAndIsTriedAgain()
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(FakeReply.Silence, OpenAIReplies.Stream("ok"));
        using OpenAICompatibleChatClient client = Client(server, attempts: 2);

        Task<(string, ModelException?)> answer = client.TryStreamAsync();
        await server.RequestsReachAsync(1).WaitAsync(Clients.Soon);
        _clock.Advance(_limits.FirstTokenTimeout);

        Assert.Equal(("ok", null), await answer);
    }

    [Fact]
    public async Task Silence_AfterAToken_TimesOutWithTheTextSoFar()
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(FakeReply.Events(OpenAIReplies.Text("one")).SilentFrom(1));
        using OpenAICompatibleChatClient client = Client(server, attempts: 2);

        Task<(string Text, ModelException? Failure)> answer = client.TryStreamAsync();
        await _clock.TimerAsync(_limits.IdleTimeout).WaitAsync(Clients.Soon);
        _clock.Advance(_limits.IdleTimeout);

        (string text, ModelException? failure) = await answer;
        Assert.Equal(("one", ModelErrorKind.TimedOut, true), (text, failure!.Kind, failure.ContentDelivered));
        Assert.Equal("test: timed out: no further token within 20 s", failure.Message);
        await server.Requests[0].ClientGone.WaitAsync(Clients.Soon);
    }

    [Fact]
    public async Task Comments_AreNotTokens()
    {
        TaskCompletionSource gate = new();
        FakeReply reply = FakeReply.Events(OpenAIReplies.Text("one"), ": still here\n\n", OpenAIReplies.Text("two"));
        await using FakeModelServer server = FakeModelServer.Start().Reply(reply.WaitBefore(2, gate.Task));
        using OpenAICompatibleChatClient client = Client(server);

        Task<(string Text, ModelException? Failure)> answer = client.TryStreamAsync();
        await _clock.TimerAsync(_limits.IdleTimeout).WaitAsync(Clients.Soon);
        _clock.Advance(_limits.IdleTimeout);

        Assert.Equal(("one", ModelErrorKind.TimedOut), ((await answer).Text, (await answer).Failure!.Kind));
        gate.SetResult();
    }

    [Fact]
    public async Task SlowTokens_EachWithinTheLimit_AreWaitedFor()
    {
        TaskCompletionSource[] gates = [.. Enumerable.Range(0, 4).Select(_ => new TaskCompletionSource())];
        FakeReply reply = new() { ContentType = "text/event-stream", Steps = [.. gates.SelectMany((gate, n) => new[] { FakeStep.Wait(gate.Task), FakeStep.Send(OpenAIReplies.Text($"{n}")) }), FakeStep.Send(OpenAIReplies.Finish("stop"))] };
        await using FakeModelServer server = FakeModelServer.Start().Reply(reply);
        using OpenAICompatibleChatClient client = Client(server);

        Task<(string Text, ModelException? Failure)> answer = client.TryStreamAsync();
        await server.RequestsReachAsync(1).WaitAsync(Clients.Soon);
        _clock.Advance(TimeSpan.FromSeconds(29));
        gates[0].SetResult();
        foreach (TaskCompletionSource gate in gates[1..])
        {
            await _clock.TimerAsync(_limits.IdleTimeout).WaitAsync(Clients.Soon);
            _clock.Advance(TimeSpan.FromSeconds(19));
            gate.SetResult();
        }

        Assert.Equal(("0123", null), await answer);
    }

    [Fact]
    public async Task SlowReader_IsNotTheServersSilence()
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(OpenAIReplies.Stream("one", "two"));
        using OpenAICompatibleChatClient client = Client(server);

        string text = "";
        await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync(Clients.Hello, null, Clients.Soon))
        {
            text += update.Text;
            _clock.Advance(TimeSpan.FromSeconds(25));
        }

        Assert.Equal("onetwo", text);
    }

    [Fact]
    public async Task WholeAnswer_ThatNeverComes_TimesOut()
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(FakeReply.Silence);
        using OpenAICompatibleChatClient client = Client(server);

        Task<ModelException> failure = client.FailsAsync();
        await server.RequestsReachAsync(1).WaitAsync(Clients.Soon);
        _clock.Advance(_limits.TotalTimeout);

        Assert.Equal(ModelErrorKind.TimedOut, (await failure).Kind);
    }

    [Fact]
    public async Task Stream_ThatNeverEnds_IsEndedByTheTotalTimeout()
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(FakeReply.Events(OpenAIReplies.Text("one")).SilentFrom(1));
        _limits.IdleTimeout = TimeSpan.FromHours(1);
        using OpenAICompatibleChatClient client = Client(server);

        Task<(string Text, ModelException? Failure)> answer = client.TryStreamAsync();
        await _clock.TimerAsync(_limits.IdleTimeout).WaitAsync(Clients.Soon);
        _clock.Advance(_limits.TotalTimeout);

        Assert.Equal(("one", ModelErrorKind.TimedOut), ((await answer).Text, (await answer).Failure!.Kind));
    }

    [Fact]
    public async Task FinishedAnswer_OnAConnectionThatStaysOpen_IsWholeSoon()
    {
        FakeReply reply = FakeReply.Events(OpenAIReplies.Text("one"), OpenAIReplies.Finish("stop")).SilentFrom(2);
        await using FakeModelServer server = FakeModelServer.Start().Reply(reply);
        using OpenAICompatibleChatClient client = Client(server);

        Task<(string, ModelException?)> answer = client.TryStreamAsync();
        await _clock.TimerAsync(TimeSpan.FromSeconds(10)).WaitAsync(Clients.Soon);
        _clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(("one", null), await answer);
    }
}
