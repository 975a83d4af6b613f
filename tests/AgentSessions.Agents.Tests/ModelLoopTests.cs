using System.Text.Json.Nodes;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Agents.Tests;

public sealed class ModelLoopTests
{
    private static readonly AIFunction _lookup = AIFunctionFactory.Create((string query) => $"found {query}", "lookup");

    private static Task<AgentTestHost> StartAsync(Action<AgentOptions>? options = null, params AITool[] tools) => AgentTestHost.StartAsync(
        (turn, ct) => turn.RespondAsync(turn.Services.GetRequiredService<IChatClient>(), new ChatOptions { Instructions = "Be brief." }, ct),
        host => host.Options = agent =>
        {
            agent.Tools = (_, _) => new(tools);
            options?.Invoke(agent);
        });

    [Fact]
    public async Task MultiTurn_TheModelSees1_3_5Messages()
    {
        await using var host = await StartAsync();
        host.Model.Text("one").Text("two").Text("three");

        await host.SendAsync("a");
        await host.SendAsync("b");
        TestTurn turn = await host.SendAsync("c");

        Assert.Equal("three", turn.Text);
        Assert.Equal([1, 3, 5], host.Model.Calls.Select(call => call.Messages.Count));
        Assert.Equal("Be brief.", host.Model.Calls[0].Options!.Instructions);
        Assert.Equal(["a", "one", "b", "two", "c"], host.Model.Calls[2].Messages.Select(message => message.Text));
    }

    [Fact]
    public async Task ToolsExecuted_CallResultSecondStepAndTextInOneMessage()
    {
        await using var host = await StartAsync(null, _lookup);
        host.Model.ToolCall("lookup", new { query = "x" }).Text("Done.");

        TestTurn turn = await host.SendAsync("go");

        Assert.Equal(
            ["start", "start-step", "tool-input-available", "tool-output-available", "finish-step", "start-step", "text-start", "text-delta", "text-end", "finish-step", "finish"],
            turn.Chunks.Select(chunk => chunk.Type));
        ToolPart tool = Assert.Single(turn.Message!.Tools);
        Assert.Equal("found x", tool.Output!.Value.GetString());
        Assert.Equal("Done.", turn.Message.Text);
        Assert.Equal([ChatRole.User, ChatRole.Assistant, ChatRole.Tool], host.Model.Calls[1].Messages.Select(message => message.Role));
    }

    [Fact]
    public async Task Tools_RunInParallel_AndResultsKeepCallOrder()
    {
        TaskCompletionSource second = new(TaskCreationOptions.RunContinuationsAsynchronously);
        AIFunction slow = AIFunctionFactory.Create(async () => { await second.Task; return "slow"; }, "slow");
        AIFunction fast = AIFunctionFactory.Create(() => { second.SetResult(); return "fast"; }, "fast");
        await using var host = await StartAsync(null, slow, fast);
        host.Model.ToolCalls(("slow", null, "a"), ("fast", null, "b")).Text("Done.");

        await host.SendAsync("go");

        var results = host.Model.Calls[1].Messages[^1].Contents.Cast<FunctionResultContent>();
        Assert.Equal(["a", "b"], results.Select(result => result.CallId));
    }

    [Theory]
    [InlineData(true, 2)]
    [InlineData(false, 0)]
    public async Task StepLimit_HoldsWhereCallsAreDecidedWithoutAsking(bool isAllowed, int expected)
    {
        int calls = 0;
        await using var host = await AgentTestHost.StartAsync(Agents.RespondAsync, host =>
        {
            host.Services.AddSingleton<IStandingApprovals>(new SameApproval(isAllowed));
            host.Options = options =>
            {
                options.MaxSteps = 3;
                options.Tools = (_, _) => new([new ApprovalRequiredAIFunction(AIFunctionFactory.Create(() => ++calls, "pay"))]);
            };
        });
        for (int i = 0; i < 10; i++)
        {
            host.Model.ToolCall("pay");
        }

        TestTurn turn = await host.WaitForTurnAsync(await host.AppendAsync(
            JsonNode.Parse("""{"kind":"message","payload":{"trigger":"submit-message","message":{"id":"u1","role":"user","parts":[]}}}""")!,
            new MessageTerms { Attendance = TurnAttendance.None }));

        Assert.Equal((3, expected), (host.Model.Calls.Count, calls));
        Assert.Equal("tool-calls", turn.Chunks.OfType<FinishChunk>().Single().FinishReason);
        Assert.Equal(ToolPartState.ApprovalRequested, turn.Message!.Tools.Last().State);
    }

    [Fact]
    public async Task StepLimit_EndsWithToolCalls()
    {
        await using var host = await StartAsync(options => options.MaxSteps = 2, _lookup);
        host.Model.ToolCall("lookup", new { query = "1" }).ToolCall("lookup", new { query = "2" });

        TestTurn turn = await host.SendAsync("go");

        Assert.Equal(UIFinishReason.ToolCalls, turn.Chunks.OfType<FinishChunk>().Single().FinishReason);
        Assert.Equal(2, host.Model.Calls.Count);
        Assert.Equal(2, turn.Message!.Tools.Count());
    }

    [Fact]
    public async Task ToolFailure_IsSanitised_AndTheModelGoesOn()
    {
        AIFunction broken = AIFunctionFactory.Create(string () => throw new InvalidOperationException("secret"), "broken");
        await using var host = await StartAsync(null, broken);
        host.Model.ToolCall("broken").Text("Sorry.");

        TestTurn turn = await host.SendAsync("go");

        Assert.Equal("An error occurred.", turn.Chunks.OfType<ToolOutputErrorChunk>().Single().ErrorText);
        Assert.Equal("Sorry.", turn.Text);
        Assert.Null(turn.ErrorText);
    }

    [Fact]
    public async Task ConditionalApproval_AsksOnlyWhenItHasTo()
    {
        AIFunction pay = AgentTool.RequireApprovalWhen(
            AIFunctionFactory.Create((int amount) => $"paid {amount}", "pay"), (args, _) => new(((System.Text.Json.JsonElement)args["amount"]!).GetInt32() > 100));
        await using var host = await StartAsync(null, pay);
        host.Model.ToolCall("pay", new { amount = 5 }).Text("ok").ToolCall("pay", new { amount = 500 });

        TestTurn small = await host.SendAsync("pay 5");
        TestTurn large = await host.SendAsync("pay 500");

        Assert.Equal("ok", small.Text);
        Assert.Single(large.Message!.Approvals);
    }

    [Fact]
    public async Task QuestionTools_AnswerContinuesTheSameMessage()
    {
        AIFunctionDeclaration ask = AIFunctionFactory.CreateDeclaration("ask", "Asks the user.", System.Text.Json.JsonElement.Parse("""{"type":"object"}"""));
        await using var host = await StartAsync(null, ask);
        host.Model.ToolCall("ask", new { question = "Which?" }, "q1").Text("Thanks.");

        TestTurn asked = await host.SendAsync("hi");
        TestTurn turn = await host.AddToolOutputAsync(asked.Message!, "q1", "the blue one");

        Assert.Equal(ToolPartState.InputAvailable, asked.Message!.Tools.Single().State);
        Assert.Equal(asked.Message.Id, turn.Message!.Id);
        Assert.Equal("Thanks.", turn.Message.Text);
        Assert.Equal("the blue one", ((FunctionResultContent)host.Model.Calls[1].Messages[^1].Contents.Single()).Result);
    }

    [Fact]
    public async Task PreliminaryResults_TheModelSeesOnlyTheFinalValue()
    {
        AIFunction progress = AgentTool.Streaming("progress", (_, _) => Steps());
        await using var host = await StartAsync(null, progress);
        host.Model.ToolCall("progress").Text("Done.");

        TestTurn turn = await host.SendAsync("go");

        Assert.Equal([true, true, true, null], turn.Chunks.OfType<ToolOutputAvailableChunk>().Select(chunk => chunk.Preliminary));
        Assert.Equal("100", turn.Message!.Tools.Single().Output!.Value.GetRawText());
        Assert.Single(host.Model.Calls[1].Messages[^1].Contents);
        Assert.Equal("100", ((FunctionResultContent)host.Model.Calls[1].Messages[^1].Contents[0]).Result!.ToString());

        static async IAsyncEnumerable<int> Steps()
        {
            yield return 10;
            await Task.Yield();
            yield return 50;
            yield return 100;
        }
    }

    [Fact]
    public async Task ModelOutputMapping_IsTheSameOnTurn2AsOnTurn1()
    {
        AIFunction big = AgentTool.WithModelOutput<string>(AIFunctionFactory.Create(() => "a very long text", "big"), text => $"{text.Length} characters");
        await using var host = await StartAsync(null, big);
        host.Model.ToolCall("big").Text("ok").Text("again");

        TestTurn turn = await host.SendAsync("go");
        await host.SendAsync("and?");

        Assert.Equal("a very long text", turn.Message!.Tools.Single().Output!.Value.GetString());
        Assert.Equal("16 characters", Result(host.Model.Calls[1].Messages));
        Assert.Equal("16 characters", Result(host.Model.Calls[2].Messages));

        static object? Result(IReadOnlyList<ChatMessage> messages) =>
            messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>().Single().Result;
    }

    [Theory]
    [InlineData("OnAction")]
    [InlineData("OnValidateMessages")]
    [InlineData("GetTools")]
    public async Task ModelOutputMapping_HoldsAlsoWhenAHookReadsTheMessagesFirst(string hook)
    {
        AIFunction big = AgentTool.WithModelOutput<string>(AIFunctionFactory.Create(static () => "a very long text", "big"), static text => $"{text.Length} characters");
        int read = 0;
        await using var host = await Agents.StartModelAsync(options =>
        {
            switch (hook)
            {
                case "OnAction": options.OnAction = (action, _) => { read = action.Messages.Count; return Task.FromResult(ActionOutcome.Edited); }; break;
                case "OnValidateMessages": options.OnValidateMessages = (turn, incoming, _) => { read = turn.Messages.Count; return Task.FromResult(incoming); }; break;
            }

            options.Tools = (turn, _) =>
            {
                read = hook == "GetTools" ? turn.Messages.Count : read;
                return new([big]);
            };
        });
        host.Model.ToolCall("big").Text("ok").Text("again");
        await host.SendAsync("go");
        await host.EndRunAsync();
        await host.RunsEndedAsync(1);

        if (hook == "OnAction")
        {
            await host.SendActionAsync(new { });
        }

        await host.SendAsync("and?");

        Assert.True(read >= 3);
        Assert.Equal("16 characters", host.Model.Calls[2].Messages.SelectMany(static message => message.Contents).OfType<FunctionResultContent>().Single().Result);
        Assert.Equal("and?", host.Model.Calls[2].Messages[^1].Text);
    }

    [Fact]
    public async Task ConditionalApproval_ThatThrows_FailsItsCallAlone()
    {
        using var tool = new GatedTool();
        AIFunction pay = AgentTool.RequireApprovalWhen(
            AIFunctionFactory.Create(static () => "paid", "pay"), static (args, _) => new(args["amount"] is null));
        await using var host = await StartAsync(null, tool.Function, pay);
        host.Model.ToolCalls(("work", null, "c1"), ("pay", new { }, "c2")).Text("Sorry.");
        long sequence = await host.PostAsync("go");
        await tool.Entered;
        await host.RecordAsync(static record => record.Body.Contains("tool-output-error"));

        tool.Release();
        TestTurn turn = await host.WaitForTurnAsync(sequence);

        Assert.Null(turn.ErrorText);
        Assert.Equal("Sorry.", turn.Text);
        Assert.Equal([ToolPartState.OutputAvailable, ToolPartState.OutputError], turn.Message!.Tools.Select(static call => call.State));
        Assert.Equal("An error occurred.", turn.Message.Tools.Last().ErrorText);
    }

    [Fact]
    public async Task PromptCaching_LaterPromptsBeginWithTheEarlierOnes()
    {
        await using var host = await StartAsync(null, _lookup);
        host.Model.ToolCall("lookup", new { query = "x" }).Text("one").Text("two");
        await host.SendAsync("a");
        await host.SendAsync("b");

        string[] prompts = [.. host.Model.Calls.Select(call => System.Text.Json.JsonSerializer.Serialize(call.Messages, AIJsonUtilities.DefaultOptions))];
        Assert.StartsWith(prompts[0].TrimEnd(']', '\n'), prompts[1]);
        Assert.StartsWith(prompts[1].TrimEnd(']', '\n'), prompts[2]);
    }

    [Fact]
    public async Task LargeChunkGuard_NamesTypeAndSize_AndTheNextTurnWorks()
    {
        AIFunction huge = AIFunctionFactory.Create(() => new string('x', 2_000_000), "huge");
        await using var host = await StartAsync(null, huge);
        host.Model.ToolCall("huge").Text("fine");

        TestTurn turn = await host.SendAsync("go");
        TestTurn next = await host.SendAsync("next");

        Assert.Contains("tool-output-available", turn.ErrorText);
        Assert.Contains("2000", turn.ErrorText);
        Assert.Equal("fine", next.Text);
    }

    [Fact]
    public async Task PerTurnTools_AThrowingResolverFailsTheTurn()
    {
        await using var host = await StartAsync(options => options.Tools = (turn, _) =>
            turn.Message!.Text == "bad" ? throw new InvalidOperationException() : new([]));
        host.Model.Text("fine");

        Assert.NotNull((await host.SendAsync("bad")).ErrorText);
        Assert.Equal("fine", (await host.SendAsync("good")).Text);
    }

    [Fact]
    public async Task ModelFailure_KeepsThePartial_AndTheNextTurnWorks()
    {
        await using var host = await StartAsync();
        host.Model.Fails(new HttpRequestException("secret"), "half ").Text("whole");

        TestTurn turn = await host.SendAsync("a");
        TestTurn next = await host.SendAsync("b");

        Assert.Equal("An error occurred.", turn.ErrorText);
        Assert.Equal("half ", turn.Message!.Text);
        Assert.Equal("whole", next.Text);
    }

    [Fact]
    public async Task Usage_SumsOverTurns_CachedTokensIncluded()
    {
        UsageDetails? total = null;
        await using var host = await StartAsync(options => options.OnTurnComplete = (turn, _) =>
        {
            total = turn.TotalUsage;
            return Task.CompletedTask;
        });
        var usage = new UsageDetails { InputTokenCount = 10, OutputTokenCount = 5, TotalTokenCount = 15, CachedInputTokenCount = 4 };
        host.Model.Text("a", usage).Text("b", usage);

        await host.SendAsync("1");
        await host.SendAsync("2");

        Assert.Equal((20, 10, 30, 8), (total!.InputTokenCount, total.OutputTokenCount, total.TotalTokenCount, total.CachedInputTokenCount));
    }

    [Fact]
    public async Task Stop_DuringAModelCall_StopsIt()
    {
        await using var host = await StartAsync();
        host.Model.Hangs("half ").Text("next");
        long sequence = await host.PostAsync("go");
        await host.TextAsync("half");

        await host.StopGenerationAsync();
        TestTurn turn = await host.WaitForTurnAsync(sequence);

        Assert.True(turn.Stopped);
        Assert.Equal("half ", turn.Message!.Text);
        Assert.Equal("next", (await host.SendAsync("more")).Text);
    }

    private sealed class SameApproval(bool isAllowed) : IStandingApprovals
    {
        public ValueTask<bool> AllowsAsync(SessionRow session, ToolPart call, CancellationToken cancellationToken) => new(isAllowed);
    }
}
