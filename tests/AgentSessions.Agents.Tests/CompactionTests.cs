using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Tests;

public sealed class CompactionTests
{
    private static readonly UsageDetails _large = new() { InputTokenCount = 900, OutputTokenCount = 200, TotalTokenCount = 1100 };
    private static readonly UsageDetails _small = new() { InputTokenCount = 10, OutputTokenCount = 5, TotalTokenCount = 15 };
    private readonly List<int> _summarised = [];

    private CompactionOptions Options => new()
    {
        MaxTokens = 1000,
        Summarize = (messages, _) =>
        {
            _summarised.Add(messages.Count);
            return Task.FromResult($"{messages.Count} messages");
        },
    };

    [Fact]
    public async Task Outer_NextPromptIsSummaryAndNewMessage_UILaneWhole()
    {
        var steps = new List<int>();
        await using var host = await Agents.StartModelAsync(options =>
        {
            options.Compaction = Options;
            options.OnCompacted = (_, compacted, _) =>
            {
                steps.Add(compacted.Step);
                return Task.CompletedTask;
            };
        });
        host.Model.Text("one", _small).Text("two", _large).Text("three", _small);
        await host.SendAsync("a");
        await host.SendAsync("b");
        await host.SendAsync("c");

        Assert.Equal(2, host.Model.Calls[2].Messages.Count);
        Assert.EndsWith("4 messages", host.Model.Calls[2].Messages[0].Text);
        Assert.Equal("c", host.Model.Calls[2].Messages[1].Text);
        Assert.Equal(["a", "one", "b", "two", "c", "three"], (await host.TranscriptAsync()).Select(message => message.Text));
        Assert.Equal([-1], steps);
    }

    [Theory]
    [InlineData(1, "two", "c", "three")]
    [InlineData(4, "a", "one", "b", "two", "c", "three")]
    [InlineData(0, "two", "c", "three")]
    public async Task Outer_WhatUsersSeeIsCutToo_TheModelHasTheSummary(int kept, params string[] transcript)
    {
        await using var host = await Agents.StartModelAsync(options =>
        {
            options.Compaction = Options;
            options.Compaction.ToUIMessages = (_, all) => [.. all.TakeLast(kept)];
        });
        host.Model.Text("one", _small).Text("two", _large).Text("three", _small);
        await host.SendAsync("a");
        await host.SendAsync("b");
        await host.SendAsync("c");

        string[] prompt = [.. host.Model.Calls[2].Messages.Select(static message => message.Text)];
        Assert.Equal(2, prompt.Length);
        Assert.EndsWith("4 messages", prompt[0]);
        Assert.Equal("c", prompt[1]);
        Assert.Equal(transcript, (await host.TranscriptAsync()).Select(static message => message.Text));
        Assert.Equal([4], _summarised);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OnCompacted_Throws_NothingIsCut(bool isBetweenSteps)
    {
        await using var host = await Agents.StartModelAsync(
            options =>
            {
                options.Compaction = Options;
                options.Compaction.ToUIMessages = static (_, _) => [];
                options.OnCompacted = static (_, _, _) => throw new InvalidOperationException();
            },
            AIFunctionFactory.Create(static () => "found", "look"));
        if (isBetweenSteps)
        {
            host.Model.Updates(Call("look", _large));
        }

        host.Model.Text("one", isBetweenSteps ? _small : _large).Text("two", _small);
        await host.SendAsync("a");
        await host.SendAsync("b");

        Assert.Equal(["a", "one", "b", "two"], (await host.TranscriptAsync()).Select(static message => message.Text));
        Assert.Equal("a", host.Model.Calls[^1].Messages[0].Text);
    }

    [Fact]
    public async Task Durable_AContinuationDoesNotSummariseAgain()
    {
        await using var host = await Agents.StartModelAsync(options => options.Compaction = Options);
        host.Model.Text("one", _large).Text("two", _small);
        await host.SendAsync("a");

        await host.CrashRunAsync();
        await host.RestartAsync();
        await host.SendAsync("b");

        Assert.EndsWith("2 messages", host.Model.Calls[1].Messages[0].Text);
        Assert.Equal("b", host.Model.Calls[1].Messages[^1].Text);
        Assert.Equal([2], _summarised);
    }

    [Fact]
    public async Task Inner_LaterStepsUseTheSummary_AndSoDoLaterTurns()
    {
        AIFunction look = AIFunctionFactory.Create(() => "found", "look");
        await using var host = await Agents.StartModelAsync(options => options.Compaction = Options, look);
        host.Model.Updates(Call("look", _large)).Updates(Call("look", _small)).Text("done", _small).Text("later", _small);

        TestTurn turn = await host.SendAsync("a");
        await host.SendAsync("b");

        Assert.EndsWith("3 messages", host.Model.Calls[1].Messages[0].Text);
        Assert.Single(host.Model.Calls[1].Messages);
        Assert.Equal(3, host.Model.Calls[2].Messages.Count);
        Assert.Equal(["compacting", "complete"], turn.Chunks.OfType<DataChunk>().Select(chunk => chunk.Data.GetProperty("status").GetString()));
        Assert.DoesNotContain(turn.Message!.Parts, part => part is DataPart);
        Assert.Equal(2, turn.Message.Tools.Count());
        string[] later = [.. host.Model.Calls[3].Messages.Select(message => message.Text)];
        Assert.EndsWith("3 messages", later[0]);
        Assert.Equal(["done", "b"], later[^2..]);
        Assert.Equal([3], _summarised);
    }

    [Fact]
    public async Task Inner_WhatJoinsTheTurnAfterIt_IsKeptInItsPlace()
    {
        AIFunction look = AIFunctionFactory.Create(() => "found", "look");
        AIFunction note = AIFunctionFactory.Create(
            (AIFunctionArguments arguments) => AgentTool.GetTurn(arguments).Inject(new ChatMessage(ChatRole.User, "By the way.")), "note");
        using var tool = new GatedTool();
        await using var host = await Agents.StartModelAsync(
            options =>
            {
                options.Compaction = Options;
                options.Steering = new SteeringOptions { ShouldInject = steps => steps > 1 };
            },
            look,
            note,
            tool.Function);
        host.Model.Updates(Call("look", _large)).ToolCalls(("note", null, "n1"), ("work", null, "w1")).Text("done", _small).Text("later", _small);
        await host.PostAsync("a");
        await tool.Entered;
        long steered = await host.PostAsync("make it blue");
        await host.ReceivedAsync(steered);

        tool.Release();
        await host.WaitForTurnAsync(steered);
        await host.SendAsync("b");

        string[] during = [.. host.Model.Calls[2].Messages.Select(message => message.Text)];
        string[] later = [.. host.Model.Calls[3].Messages.Select(message => message.Text)];
        Assert.Equal(["make it blue", "By the way."], during[^2..]);
        Assert.Equal([.. during, "done", "b"], later);
    }

    [Fact]
    public async Task Inner_NeverWithAnOpenCall()
    {
        AIFunctionDeclaration ask = AIFunctionFactory.CreateDeclaration("ask", "Asks.", System.Text.Json.JsonElement.Parse("""{"type":"object"}"""));
        AIFunction look = AIFunctionFactory.Create(() => "found", "look");
        await using var host = await Agents.StartModelAsync(
            options =>
            {
                options.Compaction = Options;
                options.Compaction.ShouldCompact = check => check.Step >= 0;
            },
            ask,
            look);
        host.Model.ToolCalls(("look", null, "c1"), ("ask", null, "q1")).Text("thanks");

        TestTurn asked = await host.SendAsync("a");
        Assert.Empty(_summarised);
        TestTurn turn = await host.AddToolOutputAsync(asked.Message!, "q1", "blue");

        Assert.Equal("thanks", turn.Message!.Text);
        Assert.Empty(_summarised);
    }

    [Fact]
    public async Task ASummaryThatFails_ChangesNothing()
    {
        await using var host = await Agents.StartModelAsync(options => options.Compaction = new CompactionOptions
        {
            MaxTokens = 1000,
            Summarize = (_, _) => throw new InvalidOperationException(),
        });
        host.Model.Text("one", _large).Text("two", _small);

        TestTurn turn = await host.SendAsync("a");
        await host.SendAsync("b");

        Assert.Null(turn.ErrorText);
        Assert.Equal(["a", "one", "b"], host.Model.Calls[1].Messages.Select(message => message.Text));
    }

    [Fact]
    public async Task AnEditIntoTheSummary_DropsIt()
    {
        await using var host = await Agents.StartModelAsync(options =>
        {
            options.Compaction = Options;
            options.OnAction = (action, _) =>
            {
                action.History.Slice(..2);
                return Task.FromResult(ActionOutcome.Edited);
            };
        });
        host.Model.Text("one", _small).Text("two", _large).Text("three", _small);
        await host.SendAsync("a");
        await host.SendAsync("b");

        await host.SendActionAsync(new { type = "undo" });
        await host.SendAsync("c");

        Assert.Equal(["a", "one", "c"], host.Model.Calls[2].Messages.Select(message => message.Text));
    }

    private static ChatResponseUpdate[] Call(string tool, UsageDetails usage) =>
    [
        new(ChatRole.Assistant, [new FunctionCallContent(Guid.NewGuid().ToString("N"), tool)]),
        new(ChatRole.Assistant, [new UsageContent(usage)]) { FinishReason = ChatFinishReason.ToolCalls },
    ];
}
