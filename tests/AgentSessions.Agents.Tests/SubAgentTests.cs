using System.Text.Json;
using AgentSessions.Client;
using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Agents.Tests;

public sealed class SubAgentTests
{
    private static readonly AIFunction _research = AgentTool.SubAgent("research");

    private static Task<AgentTestHost> StartAsync(Action<AgentTestHostBuilder>? configure = null, params AITool[] tools) => AgentTestHost.StartAsync(
        Agents.RespondAsync,
        builder =>
        {
            builder.Metadata = new { userId = "u1" };
            builder.Options = options => options.Tools = (_, _) => new(tools.Length == 0 ? [_research] : tools);
            builder.Agents(agents => agents.AddAgent("research", Agents.RespondAsync));
            configure?.Invoke(builder);
        });

    [Fact]
    public async Task SubAgent_DataPartsAreDenseFrom0_AndTheOutputIsItsMessage()
    {
        await using var host = await StartAsync();
        host.Model.ToolCall("research", new { message = "find it" }, "c1").Text("It is here.").Text("Done.");

        TestTurn turn = await host.SendAsync("go");

        DataChunk[] parts = [.. turn.Chunks.OfType<DataChunk>().Where(chunk => chunk.Name == "subagent")];
        Assert.Equal(Enumerable.Range(0, parts.Length), parts.Select(part => part.Data.GetProperty("seq").GetInt32()));
        Assert.All(parts, part => Assert.True(part.Transient));
        Assert.All(parts, part => Assert.Equal("c1", part.Data.GetProperty("toolCallId").GetString()));
        Assert.Equal("It is here.", Said(parts));
        ToolPart tool = turn.Message!.Tools.Single();
        UIMessage output = tool.Output!.Value.Deserialize<UIMessage>(UIJson.Options)!;
        Assert.Equal("It is here.", output.Text);
        Assert.Equal("It is here.", ((FunctionResultContent)host.Model.Calls[2].Messages[^1].Contents.Single()).Result);
        Assert.Equal("Done.", turn.Message.Text);
    }

    [Fact]
    public async Task SubAgent_KnowsItsParentAndItsUser()
    {
        ParentAgent? parent = null;
        string? user = null;
        await using var host = await StartAsync(builder => builder.Agents(agents => agents.AddAgent("who", async (turn, ct) =>
        {
            (parent, user) = (turn.Parent, turn.User?.Claims.Single().Value);
            await turn.Output.WriteTextAsync("me", ct);
        })), AgentTool.SubAgent("who"));
        host.Model.ToolCall("who", new { message = "?" }, "c1").Text("Done.");

        await host.SendAsync("go");

        Assert.Equal(("chat", "c1", 1), (parent!.ChatId, parent.ToolCallId, parent.Depth));
        Assert.Equal("u1", user);
    }

    public static TheoryData<string> OddChatIds => ["session_0123456789abcdef", new string('a', 256)];

    [Theory]
    [MemberData(nameof(OddChatIds))]
    public async Task SubAgent_OfASessionWithoutAnIdOfItsCaller_OrWithALongOne_Answers(string chatId)
    {
        await using var host = await StartAsync(builder => builder.ChatId = chatId);
        host.Model.ToolCall("research", new { message = "find it" }, "c1").Text("It is here.").Text("Done.");

        TestTurn turn = await host.SendAsync("go");

        Assert.Equal("It is here.", turn.Message!.Tools.Single().Output!.Value.Deserialize<UIMessage>(UIJson.Options)!.Text);
    }

    [Fact]
    public async Task Snapshots_ArePreliminaryOutputs_TheModelSeesOnlyTheLast()
    {
        await using var host = await StartAsync(null, AgentTool.SubAgent("research", forwarding: SubAgentForwarding.Snapshots));
        host.Model.ToolCall("research", new { message = "find it" }, "c1").Text("It is here.").Text("Done.");

        TestTurn turn = await host.SendAsync("go");

        Assert.Contains(turn.Chunks.OfType<ToolOutputAvailableChunk>(), chunk => chunk.Preliminary is true);
        Assert.Single(host.Model.Calls[2].Messages[^1].Contents);
        Assert.DoesNotContain(turn.Chunks, chunk => chunk.Type == "data-subagent");
    }

    [Fact]
    public async Task StoppingTheParent_StopsTheChild_AndLeavesNoOutput()
    {
        TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await StartAsync(builder => builder.Agents(agents => agents.AddAgent("slow", async (turn, ct) =>
        {
            await turn.Output.WriteTextAsync("working", ct);
            turn.StopRequested.Register(() => stopped.TrySetResult());
            entered.TrySetResult();
            await Task.Delay(Timeout.Infinite, ct);
        })), AgentTool.SubAgent("slow"));
        host.Model.ToolCall("slow", new { message = "?" }, "c1");
        long sequence = await host.PostAsync("go");
        await entered.Task.WaitAsync(AgentTestHost.Patience);

        await host.StopGenerationAsync();
        TestTurn turn = await host.WaitForTurnAsync(sequence);
        await stopped.Task.WaitAsync(AgentTestHost.Patience);

        Assert.True(turn.Stopped);
        Assert.DoesNotContain(turn.Chunks, chunk => chunk is ToolOutputAvailableChunk);
    }

    [Fact]
    public async Task Forwarding_OfAChatOfTheToolsOwn_ShowsItInTheCard_AndGivesItsMessage()
    {
        await using var host = await StartAsync(null, ForwardingTool("research"));
        host.Model.ToolCall("own", null, "c1").Text("It is here.").Text("Done.");

        TestTurn turn = await host.SendAsync("go");

        Assert.Equal("forwarded: It is here.", turn.Message!.Tools.Single().Output!.Value.GetString());
        DataChunk[] parts = [.. turn.Chunks.OfType<DataChunk>()];
        Assert.NotEmpty(parts);
        Assert.All(parts, static part => Assert.Equal(("subagent", "c1"), (part.Name, part.Data.GetProperty("toolCallId").GetString())));
        Assert.Equal("It is here.", Said(parts));
    }

    [Fact]
    public async Task Forwarding_OfASubAgentThatFails_ThrowsWhatItShowed()
    {
        await using var host = await StartAsync(
            static builder => builder.Agents(static agents => agents.AddAgent("broken", static (_, _) => throw new AgentUserException("out of order"))), ForwardingTool("broken"));
        host.Model.ToolCall("own", null, "c1").Text("Done.");

        TestTurn turn = await host.SendAsync("go");

        ToolPart tool = turn.Message!.Tools.Single();
        Assert.Equal((ToolPartState.OutputError, "out of order"), (tool.State, tool.ErrorText));
    }

    /// <summary>What the sub-agent said, as its card shows it.</summary>
    private static string Said(IEnumerable<DataChunk> parts) => string.Concat(
        parts.SelectMany(static part => part.Data.GetProperty("chunks").EnumerateArray())
            .Where(static chunk => chunk.GetProperty("type").GetString() == "text-delta").Select(static chunk => chunk.GetProperty("delta").GetString()));

    /// <summary>A tool that talks to an agent by itself and passes on what it says.</summary>
    private static AIFunction ForwardingTool(string agent) => AIFunctionFactory.Create(
        async (AIFunctionArguments arguments, CancellationToken ct) =>
        {
            TurnContext turn = AgentTool.GetTurn(arguments);
            await using AgentChat chat = turn.Services.GetRequiredService<IAgentChatFactory>().Create(new AgentChatOptions { Agent = agent, ChatId = $"{turn.ChatId}-own" });
            UIMessage? said = await turn.ForwardSubAgentAsync(await chat.SendMessageAsync("find it", ct), AgentTool.GetCallId(arguments), ct);
            return $"forwarded: {said?.Text}";
        },
        "own");

    [Fact]
    public async Task Depth_IsBounded()
    {
        int depth = 0;
        await using var host = await StartAsync(builder => builder.Agents(agents => agents.AddAgent("deeper", async (turn, ct) =>
        {
            depth = Math.Max(depth, turn.Parent!.Depth);
            await using AgentChat chat = turn.Services.GetRequiredService<IAgentChatFactory>().Create(
                new AgentChatOptions { Agent = "deeper", ChatId = $"{turn.ChatId}x" });
            AgentChatResult result = await (await chat.SendMessageAsync("down", ct)).ResultAsync(ct);
            await turn.Output.WriteTextAsync(result.ErrorText ?? result.Text, ct);
        })), AgentTool.SubAgent("deeper"));
        host.Model.ToolCall("deeper", new { message = "?" }, "c1").Text("Done.");

        TestTurn turn = await host.SendAsync("go");

        Assert.Equal(4, depth);
        Assert.Contains("sub-agent-too-deep", turn.Message!.Tools.Single().Output!.Value.GetRawText());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ACrash_WhileTheChildWorksOrAfterIt_DoublesNoChildTurn(bool childIsDone)
    {
        int asked = 0;
        TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await StartAsync(builder => builder.Agents(agents => agents.AddAgent("worker", async (turn, ct) =>
        {
            if (Interlocked.Increment(ref asked) == 1 && !childIsDone)
            {
                await turn.Output.WriteTextAsync("half", ct);
                entered.TrySetResult();
                await Task.Delay(Timeout.Infinite, ct);
            }

            await turn.Output.WriteTextAsync("worked", ct);
        })), AgentTool.SubAgent("worker"));
        host.Model.ToolCall("worker", new { message = "?" }, "c1");
        if (childIsDone)
        {
            host.Model.Hangs("and ");
        }

        host.Model.Text("done");
        long sequence = await host.PostAsync("go");
        await (childIsDone ? host.TextAsync("and ") : entered.Task.WaitAsync(AgentTestHost.Patience));

        await host.CrashRunAsync();
        await host.RestartAsync();
        TestTurn turn = await host.WaitForTurnAsync(sequence);

        Assert.Equal(childIsDone ? 1 : 2, asked);
        ToolPart tool = turn.Message!.Tools.Single();
        Assert.Equal(ToolPartState.OutputAvailable, tool.State);
        Assert.Equal("worked", tool.Output!.Value.Deserialize<UIMessage>(UIJson.Options)!.Text);
        Assert.EndsWith("done", turn.Message.Text);
        Assert.Equal(2, (await host.TranscriptAsync($"chat-c1")).Count);
    }
}
