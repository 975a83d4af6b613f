using AgentSessions.Core.Attachments;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Agents.Tests;

public sealed class SteeringTests
{
    [Fact]
    public async Task Steering_MessageInTheNextPrompt_MarkerPart_NoExtraTurn()
    {
        var received = new List<string>();
        var injected = new List<string>();
        using var tool = new GatedTool();
        await using var host = await Agents.StartModelAsync(
            options => options.Steering = new SteeringOptions
            {
                ShouldInject = steps => steps > 0,
                OnReceived = message => received.Add(message.Text),
                OnInjected = (messages, _) =>
                {
                    injected.AddRange(messages.Select(message => message.Text));
                    return default;
                },
            },
            tool.Function);
        host.Model.ToolCall("work").Text("As you say.").Text("next");
        long first = await host.PostAsync("go");
        await tool.Entered;
        long steered = await host.PostAsync("make it blue");
        await host.ReceivedAsync(steered);

        tool.Release();
        TestTurn turn = await host.WaitForTurnAsync(steered);

        Assert.Equal("make it blue", host.Model.Calls[1].Messages[^1].Text);
        Assert.Equal(["go", "make it blue", "As you say."], (await host.TranscriptAsync()).Select(message => message.Text));
        DataPart marker = Assert.Single(turn.Message!.Parts.OfType<DataPart>());
        Assert.Equal("pending-message-injected", marker.Name);
        Assert.Equal("make it blue", marker.Data.GetProperty("messages")[0].GetProperty("text").GetString());
        Assert.Equal(["make it blue"], received);
        Assert.Equal(received, injected);
        Assert.Single(host.HookLog, hook => hook == "OnTurnComplete");
        Assert.True(first < steered);
        Assert.Equal("next", (await host.SendAsync("more")).Text);
        Assert.Equal(
            ["go", "make it blue", "", "", "As you say.", "more"], host.Model.Calls[2].Messages.Select(message => message.Text));
    }

    [Fact]
    public async Task Steering_AfterAnEditInTheSameTurn_KeepsTheMessage()
    {
        using var tool = new GatedTool();
        await using var host = await AgentTestHost.StartAsync(
            static (turn, ct) =>
            {
                if (turn.Message!.Text == "b")
                {
                    turn.History.Remove("user-1");
                }

                return Agents.RespondAsync(turn, ct);
            },
            host => host.Options = options =>
            {
                options.Tools = (_, _) => new([tool.Function]);
                options.Steering = new SteeringOptions { ShouldInject = static _ => true };
            });
        host.Model.Text("one").ToolCall("work").Text("two").Text("three");
        await host.SendAsync("a");
        await host.PostAsync("b");
        await tool.Entered;
        long steered = await host.PostAsync("c");
        await host.ReceivedAsync(steered);

        tool.Release();
        await host.WaitForTurnAsync(steered);

        Assert.Equal(["one", "b", "c", "two"], (await host.TranscriptAsync()).Select(static message => message.Text));
        await host.SendAsync("d");
        Assert.Equal(["one", "b", "c", "", "", "two", "d"], host.Model.Calls[^1].Messages.Select(static message => message.Text));
    }

    [Fact]
    public async Task SteeringDeclined_ExactlyOneLaterTurn()
    {
        using var tool = new GatedTool();
        await using var host = await Agents.StartModelAsync(
            options => options.Steering = new SteeringOptions { Decide = (_, _) => new(false) }, tool.Function);
        host.Model.ToolCall("work").Text("one").Text("two");
        await host.PostAsync("go");
        await tool.Entered;
        long second = await host.PostAsync("wait");
        await host.ReceivedAsync(second);

        tool.Release();
        TestTurn turn = await host.WaitForTurnAsync(second);

        Assert.Equal("two", turn.Message!.Text);
        Assert.Equal(["go", "one", "wait", "two"], (await host.TranscriptAsync()).Select(message => message.Text));
        Assert.Equal(2, host.HookLog.Count(hook => hook == "Run"));
    }

    [Fact]
    public async Task SteeringPrepareThrows_TheMessageWaitsForATurnOfItsOwn()
    {
        using var tool = new GatedTool();
        await using var host = await Agents.StartModelAsync(
            options => options.Steering = new SteeringOptions
            {
                ShouldInject = _ => true,
                Prepare = (_, _) => throw new InvalidOperationException(),
            },
            tool.Function);
        host.Model.ToolCall("work").Text("one").Text("two");
        await host.PostAsync("go");
        await tool.Entered;
        long second = await host.PostAsync("wait");
        await host.ReceivedAsync(second);

        tool.Release();

        Assert.Equal("two", (await host.WaitForTurnAsync(second)).Message!.Text);
        Assert.Equal(["go", "one", "wait", "two"], (await host.TranscriptAsync()).Select(message => message.Text));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SteeringPrepare_AStopMeanwhile_TheMessageWaitsForATurnOfItsOwn(bool cooperates)
    {
        using var tool = new GatedTool();
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await Agents.StartModelAsync(
            options => options.Steering = new SteeringOptions
            {
                ShouldInject = _ => true,
                Prepare = async (batch, ct) =>
                {
                    entered.TrySetResult();
                    await (cooperates ? release.Task.WaitAsync(ct) : release.Task);
                    return batch.Messages;
                },
            },
            tool.Function);
        host.Model.ToolCall("work").Text("two");
        await host.PostAsync("go");
        await tool.Entered;
        long second = await host.PostAsync("wait");
        await host.ReceivedAsync(second);
        tool.Release();
        await entered.Task.WaitAsync(AgentTestHost.Patience);

        await host.StopGenerationAsync();
        if (!cooperates)
        {
            await host.TimerAsync(TimeSpan.FromSeconds(5));
            host.Time.Advance(TimeSpan.FromSeconds(6));
        }

        Assert.Equal("two", (await host.WaitForTurnAsync(second)).Message!.Text);
        Assert.Equal(["go", "", "wait", "two"], (await host.TranscriptAsync()).Select(message => message.Text));
        release.SetResult();
    }

    [Fact]
    public async Task SteeredFileThatCannotBeRead_TheMessageWaitsForATurnOfItsOwn()
    {
        using var tool = new GatedTool();
        await using var host = await AgentTestHost.StartAsync(Agents.RespondAsync, builder =>
        {
            builder.Services.AddSingleton<IAttachmentSource>(new AwayOnce());
            builder.Options = options =>
            {
                options.Tools = (_, _) => new([tool.Function]);
                options.Steering = new SteeringOptions { ShouldInject = _ => true };
            };
        });
        host.Model.ToolCall("work").Text("one").Text("two");
        await host.PostAsync("go");
        await tool.Entered;
        long second = await host.PostAsync(UIMessage.User("u", "see") with { Parts = [new TextPart("see"), new FilePart("image/png", "attachment:s/1")] });
        await host.ReceivedAsync(second);

        tool.Release();

        Assert.Equal("two", (await host.WaitForTurnAsync(second)).Message!.Text);
        Assert.Equal(["go", "one", "see", "two"], (await host.TranscriptAsync()).Select(message => message.Text));
    }

    [Fact]
    public async Task SteeredMessage_LosesTheMarkersThatOnlyAgentsWrite()
    {
        var received = new List<UIMessage>();
        DataPart forged = new(DataPart.PendingMessageInjected, UIJson.ToElement(new { messageIds = new[] { "x" } }));

        await using AgentTestHost host = await SteerAsync(
            UIMessage.User("u", "blue") with { Parts = [new TextPart("blue"), forged] }, options => options.Steering!.OnReceived = received.Add);

        Assert.All([received.Single(), (await host.TranscriptAsync()).Single(message => message.Id == "u")], message => Assert.Single(message.Parts));
    }

    [Fact]
    public async Task SteeredMessage_OfAWrongShape_FailsATurnOfItsOwn()
    {
        await using AgentTestHost host = await SteerAsync(
            UIMessage.User("u", "blue") with { Parts = [new DataPart("status", UIJson.ToElement(5))] },
            options => options.UIMessages.Data(new DataPartType<string>("status")));

        Assert.Equal("The data-status has the wrong shape.", host.AllChunks.OfType<ErrorChunk>().Single().ErrorText);
        Assert.Equal(2, host.AllRecords.Count(record => record.Control == ControlHeaders.TurnComplete));
    }

    [Fact]
    public async Task SteeredMessage_UnderAKnownId_ChangesNothing()
    {
        await using AgentTestHost host = await SteerAsync(UIMessage.User("user-1", "I never said that."));

        Assert.Equal(["go", "one"], (await host.TranscriptAsync()).Select(message => message.Text));
        Assert.Equal(["go", "", ""], host.Model.Calls[1].Messages.Select(message => message.Text));
        Assert.Equal(2, host.AllRecords.Count(record => record.Control == ControlHeaders.TurnComplete));
    }

    [Fact]
    public async Task SteeringPrepare_RewritesTheMessage()
    {
        using var tool = new GatedTool();
        await using var host = await Agents.StartModelAsync(
            options => options.Steering = new SteeringOptions
            {
                ShouldInject = _ => true,
                Prepare = (batch, _) => new([.. batch.Messages.Select(message => UIMessage.User(message.Id, message.Text.ToUpperInvariant()))]),
            },
            tool.Function);
        host.Model.ToolCall("work").Text("one");
        await host.PostAsync("go");
        await tool.Entered;
        long second = await host.PostAsync("louder");
        await host.ReceivedAsync(second);

        tool.Release();
        await host.WaitForTurnAsync(second);

        Assert.Equal("LOUDER", host.Model.Calls[1].Messages[^1].Text);
    }

    [Fact]
    public async Task SteeredMessage_WhoseTurnDies_IsStillAnsweredOnce()
    {
        using var tool = new GatedTool();
        await using var host = await Agents.StartModelAsync(
            options => options.Steering = new SteeringOptions { ShouldInject = _ => true }, AgentTool.ReadOnly(tool.Function));
        host.Model.ToolCall("work").Hangs("half").Text("first").Text("second");
        await host.PostAsync("go");
        await tool.Entered;
        long second = await host.PostAsync("and this");
        await host.ReceivedAsync(second);
        tool.Release();
        await host.TextAsync("half");

        await host.CrashRunAsync();
        await host.RestartAsync();
        await host.WaitForTurnAsync(second);

        IReadOnlyList<UIMessage> transcript = await host.TranscriptAsync();
        Assert.Single(transcript, message => message.Text == "go");
        Assert.Single(transcript, message => message.Text == "and this");
        Assert.Equal(UIMessageRole.Assistant, transcript[^1].Role);
    }

    /// <summary>Sends a message while a tool runs in the turn of another, and waits for what becomes of it.</summary>
    private static async Task<AgentTestHost> SteerAsync(UIMessage message, Action<AgentOptions>? configure = null)
    {
        using var tool = new GatedTool();
        AgentTestHost host = await Agents.StartModelAsync(
            options =>
            {
                options.Steering = new SteeringOptions { ShouldInject = _ => true };
                configure?.Invoke(options);
            },
            tool.Function);
        host.Model.ToolCall("work").Text("one");
        await host.PostAsync("go");
        await tool.Entered;
        long second = await host.PostAsync(message);
        await host.ReceivedAsync(second);
        tool.Release();
        await host.WaitForTurnAsync(second);
        return host;
    }

    private sealed class AwayOnce : IAttachmentSource
    {
        private int _reads;

        public ValueTask<Attachment?> ReadAsync(string environment, AttachmentAddress address, CancellationToken cancellationToken) =>
            _reads++ == 0 ? throw new InvalidOperationException("away") : new((Attachment?)null);
    }
}
