using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Tests.Acceptance;

/// <content>What shapes a conversation: kinds of turns, history, what comes in meanwhile, summaries.</content>
public sealed partial class AcceptanceTests
{
    [Fact]
    public async Task Preload_OnPreloadThenTurn0WithPreloaded()
    {
        var seen = new List<(int, bool)>();
        await using var host = await Agents.StartEchoAsync(options => options.OnTurnStart = (turn, _) =>
        {
            seen.Add((turn.Turn, turn.IsPreloaded));
            return Task.CompletedTask;
        });

        await host.PreloadAsync();
        await host.SendAsync("a");

        Assert.Equal(["OnBoot", "OnPreload"], host.HookLog.Take(2));
        Assert.Equal([(0, true)], seen);
    }

    [Fact]
    public async Task QuestionTools_TheAnswerContinuesTheSameMessage()
    {
        AIFunctionDeclaration ask = AIFunctionFactory.CreateDeclaration("ask", "Asks.", System.Text.Json.JsonElement.Parse("""{"type":"object"}"""));
        await using var host = await Agents.StartModelAsync(null, ask);
        host.Model.ToolCall("ask", new { question = "Which?" }, "q1").Text("Thanks.");
        TestTurn asked = await host.SendAsync("a");

        TestTurn turn = await host.AddToolOutputAsync(asked.Message!, "q1", "the blue one");

        Assert.Equal((asked.Message!.Id, "Thanks."), (turn.Message!.Id, turn.Message.Text));
    }

    [Fact]
    public async Task Regenerate_TheOldAnswerIsTruncatedTheNewOnePut()
    {
        await using var host = await Agents.StartModelAsync();
        host.Model.Text("first").Text("second");
        await host.SendAsync("a");

        await host.RegenerateAsync();

        Assert.Equal(["a", "second"], await TextsAsync(host));
    }

    [Fact]
    public async Task Actions_UndoIsSavedWithABoundaryAndNoModelCall()
    {
        await using var host = await Agents.StartModelAsync(options => options.OnAction = (action, _) =>
        {
            action.History.Slice(..^2);
            return Task.FromResult(ActionOutcome.Edited);
        });
        host.Model.Text("one").Text("two");
        await host.SendAsync("a");
        await host.SendAsync("b");

        TestTurn undone = await host.SendActionAsync(new { type = "undo" });

        Assert.Empty(undone.Chunks);
        Assert.Equal(["a", "one"], await TextsAsync(host));
        Assert.Equal((ControlHeaders.TurnComplete, 2), (undone.Boundary.Control, host.Model.Calls.Count));
        Assert.DoesNotContain("OnTurnComplete", host.HookLog.SkipWhile(hook => hook != "OnAction"));
    }

    [Fact]
    public async Task ActionWithAnswer_TriggerIsActionTurn_HooksFire_CounterRises()
    {
        var seen = new List<(int, TurnTrigger)>();
        await using var host = await Agents.StartEchoAsync(options =>
        {
            options.OnAction = (_, _) => Task.FromResult(ActionOutcome.Answer("hello"));
            options.OnTurnStart = (turn, _) =>
            {
                seen.Add((turn.Turn, turn.Trigger));
                return Task.CompletedTask;
            };
        });
        await host.SendAsync("a");

        Assert.Equal("3: hello", (await host.SendActionAsync(new { type = "greet" })).Text);

        Assert.Equal([(0, TurnTrigger.SubmitMessage), (1, TurnTrigger.ActionTurn)], seen);
    }

    [Fact]
    public async Task HistoryEdits_AppliedAfterTheHook_LostIfItThrows()
    {
        await using var host = await Agents.StartEchoAsync(options => options.OnTurnStart = (turn, _) =>
        {
            turn.History.Slice(^1..);
            return turn.Message!.Text == "throw" ? throw new InvalidOperationException() : Task.CompletedTask;
        });
        await host.SendAsync("a");

        await host.SendAsync("throw");
        Assert.Equal(3, (await host.TranscriptAsync()).Count);

        await host.SendAsync("b");
        Assert.Equal(["b", "1: b"], await TextsAsync(host));
    }

    [Fact]
    public async Task OnValidateMessages_Throws_ErrorAndHistoryKeepsTheMessage()
    {
        await using var host = await Agents.StartEchoAsync(options => options.OnValidateMessages = static (_, _, _) => throw new AgentUserException("No."));

        TestTurn turn = await host.SendAsync("a");

        Assert.Equal("No.", turn.ErrorText);
        Assert.Equal(["a"], await TextsAsync(host));
    }

    [Fact]
    public async Task LoadContext_TheModelSeesTheList_ToolAnswersAreLaidOver()
    {
        AIFunctionDeclaration ask = AIFunctionFactory.CreateDeclaration("ask", "Asks.", System.Text.Json.JsonElement.Parse("""{"type":"object"}"""));
        IReadOnlyList<UIMessage> own = [];
        await using var host = await Agents.StartModelAsync(
            options => options.LoadContext = (_, incoming, _, _) =>
                Task.FromResult<IReadOnlyList<UIMessage>?>([UIMessage.User("own", "mine"), .. own, .. incoming.Where(message => message.Role == UIMessageRole.User)]),
            ask);
        host.Model.ToolCall("ask", new { question = "Which?" }, "q1").Text("Thanks.");
        TestTurn asked = await host.SendAsync("a");
        own = [UIMessage.User("a", "a"), asked.Message!];

        await host.AddToolOutputAsync(asked.Message!, "q1", "blue");

        Assert.Equal(["mine", "a"], Prompt(host, 0));
        Assert.Equal("mine", Prompt(host, 1)[0]);
        Assert.Equal("blue", ((FunctionResultContent)host.Model.Calls[1].Messages[^1].Contents.Single()).Result);
    }

    [Fact]
    public async Task PendingMessages_TwoSendsMidTurn_TwoLaterTurnsInOrder()
    {
        using var tool = new GatedTool();
        await using var host = await Agents.StartModelAsync(null, tool.Function);
        host.Model.ToolCall("work").Text("one").Text("two").Text("three");
        await host.PostAsync("a");
        await tool.Entered;
        await host.PostAsync("b");
        long last = await host.PostAsync("c");

        tool.Release();
        await host.WaitForTurnAsync(last);

        Assert.Equal(["a", "one", "b", "two", "c", "three"], await TextsAsync(host));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Steering_InjectedAtAStepWithAMarker_OrDeclinedForOneLaterTurn(bool injects)
    {
        using var tool = new GatedTool();
        await using var host = await Agents.StartModelAsync(options => options.Steering = new SteeringOptions { Decide = (_, _) => new(injects) }, tool.Function);
        host.Model.ToolCall("work").Text("one").Text("two");
        await host.PostAsync("a");
        await tool.Entered;
        long steered = await host.PostAsync("blue");
        await host.ReceivedAsync(steered);

        tool.Release();
        await host.WaitForTurnAsync(steered);

        Assert.Equal(injects, Prompt(host, 1)[^1] == "blue");
        Assert.Equal(injects, host.AllChunks.OfType<DataChunk>().Any(chunk => chunk.Name == "pending-message-injected"));
        Assert.Equal(injects ? 1 : 2, host.HookLog.Count(hook => hook == "OnTurnComplete"));
    }

    [Fact]
    public async Task Defer_AwaitedFor5SecondsAtMostBeforeTheBoundary()
    {
        TaskCompletionSource never = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await AgentTestHost.StartAsync((turn, ct) =>
        {
            turn.Defer(_ => never.Task);
            return Agents.EchoAsync(turn, ct);
        });
        long sequence = await host.PostAsync("a");
        await host.TimerAsync(TimeSpan.FromSeconds(5));
        Assert.DoesNotContain(host.AllRecords, record => record.Control == ControlHeaders.TurnComplete);

        host.Time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal("1: a", (await host.WaitForTurnAsync(sequence)).Text);
        never.SetResult();
    }

    [Fact]
    public async Task DeferBeforeOutput_NothingIsSeenBefore_TheGateOpensAfter10Seconds()
    {
        TaskCompletionSource never = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await AgentTestHost.StartAsync(async (turn, ct) =>
        {
            turn.DeferBeforeOutput(_ => never.Task);
            await turn.Output.WriteTextAsync("seen", ct);
            await release.Task;
        });
        await host.PostAsync("a");
        await host.TimerAsync(TimeSpan.FromSeconds(10));
        Assert.Empty(host.AllRecords);

        host.Time.Advance(TimeSpan.FromSeconds(10));

        await host.TextAsync("seen");
        release.SetResult();
        never.SetResult();
    }

    [Fact]
    public async Task Inject_ConversationLaneLasts_InstructionLaneIsForOneTurn_NeitherInTheUILane()
    {
        await using var host = await Agents.StartModelAsync(options => options.OnTurnComplete = (turn, _) =>
        {
            if (turn.NewUIMessages[0].Text == "a")
            {
                turn.Inject(new ChatMessage(ChatRole.User, "lasting"), new ChatMessage(ChatRole.System, "for one turn"));
            }

            return Task.CompletedTask;
        });
        host.Model.Text("one").Text("two").Text("three");
        await host.SendAsync("a");
        await host.SendAsync("b");

        await RestartAsync(host);
        await host.SendAsync("c");

        Assert.Contains("for one turn", host.Model.Calls[1].Options!.Instructions);
        Assert.DoesNotContain("for one turn", host.Model.Calls[2].Options?.Instructions ?? "");
        Assert.All([1, 2], call => Assert.Contains("lasting", Prompt(host, call)));
        Assert.DoesNotContain("lasting", await TextsAsync(host));
    }

    [Fact]
    public async Task CompactionOuter_SummaryAndNewMessage_UILaneWhole_DurableOverRuns()
    {
        var made = new List<int>();
        await using var host = await Agents.StartModelAsync(options => options.Compaction = Summaries(made));
        host.Model.Text("one", _large).Text("two", _small);
        await host.SendAsync("a");

        await RestartAsync(host);
        await host.SendAsync("b");

        Assert.EndsWith("2 messages", Prompt(host, 1)[0]);
        Assert.Equal(("b", 2), (Prompt(host, 1)[^1], Prompt(host, 1).Length));
        Assert.Equal(["a", "one", "b", "two"], await TextsAsync(host));
        Assert.Single(made);
    }

    [Fact]
    public async Task CompactionInner_LaterStepsUseTheSummary()
    {
        await using var host = await Agents.StartModelAsync(options => options.Compaction = Summaries(), Look);
        host.Model.Updates(Call("look", _large)).Text("done", _small);

        await host.SendAsync("a");

        Assert.EndsWith("3 messages", Assert.Single(Prompt(host, 1)));
    }

    [Fact]
    public async Task PrepareMessages_CalledWithAllThreeReasons()
    {
        var reasons = new List<PrepareReason>();
        await using var host = await Agents.StartModelAsync(options =>
        {
            options.Compaction = Summaries();
            options.PrepareMessages = (_, messages, reason, _) =>
            {
                reasons.Add(reason);
                return Task.FromResult(messages);
            };
        });
        host.Model.Text("one", _large);

        await host.SendAsync("a");

        Assert.Equal([PrepareReason.Run, PrepareReason.CompactionRebuild, PrepareReason.CompactionResult], reasons);
    }

    [Fact]
    public async Task NoOpTurn_ResendOfAnAnsweredId_BoundaryWithoutAModelCall()
    {
        await using var host = await Agents.StartModelAsync();
        host.Model.Text("one");
        var message = UIMessage.User("m1", "a");
        await host.SendAsync(message);

        TestTurn again = await host.SendAsync(message);

        Assert.Equal((0, 1), (again.Chunks.Count, host.Model.Calls.Count));
    }

    [Fact]
    public async Task IdempotentAppend_TheSamePartIdTwice_OneRecord()
    {
        await using var host = await Agents.StartEchoAsync();
        await host.SendAsync("a");
        var append = new AppendText("""{"kind":"unknown"}"""u8.ToArray(), "part");

        AppendedRecord first = await Engine(host).AppendAsync(StreamId.In(Session), append, CancellationToken.None);
        AppendedRecord second = await Engine(host).AppendAsync(StreamId.In(Session), append, CancellationToken.None);

        Assert.Equal((first.Sequence, false, true), (second.Sequence, first.IsRepeat, second.IsRepeat));
    }

    [Fact]
    public async Task CloseSession_TheBoundaryCarriesTheReason_AppendIsRefused()
    {
        await using var host = await AgentTestHost.StartAsync((turn, ct) =>
        {
            turn.CloseSession("solved");
            return Agents.EchoAsync(turn, ct);
        });

        TestTurn turn = await host.SendAsync("a");
        await host.RunsEndedAsync(1);

        Assert.Equal("solved", turn.Boundary.Header(ControlHeaders.ClosedReason));
        Assert.Equal(SessionErrorCode.SessionClosed, (await Assert.ThrowsAsync<SessionException>(() => host.PostAsync("b"))).Code);
        Assert.Equal(RunEnd.Closed, Assert.Single(await host.RunsAsync()).End);
    }
}
