using System.Text.Json;
using System.Text.Json.Nodes;
using AgentSessions.Core.Runs;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;
using AgentSessions.Testing;

namespace AgentSessions.Agents.Tests;

public sealed class TurnKindTests
{
    [Fact]
    public async Task Regenerate_OldAnswerTruncatedInStore_NewOnePut()
    {
        await using var host = await Agents.StartModelAsync();
        host.Model.Text("first").Text("second");
        TestTurn first = await host.SendAsync("a");

        TestTurn turn = await host.RegenerateAsync();

        Assert.Equal("second", turn.Text);
        Assert.NotEqual(first.Message!.Id, turn.Message!.Id);
        Assert.Equal(["a", "second"], (await host.TranscriptAsync()).Select(message => message.Text));
        Assert.Single(host.Model.Calls[1].Messages);
        Assert.Equal(1, host.HookLog.Count(hook => hook == "OnValidateMessages"));
    }

    [Fact]
    public async Task Actions_AreReadAsWhatTheAgentTakes_AndTheirMessageIsKeptBeforeItsAnswer()
    {
        await using var host = await Agents.StartEchoAsync(options => options.OnAction = (action, _) =>
            Task.FromResult(ActionOutcome.Answer(action.Read<Say>().Text)));
        await host.SendAsync("a");

        TestTurn turn = await host.SendActionAsync(new Say("hello"));

        Assert.Equal("3: hello", turn.Text);
        Assert.Equal(["a", "1: a", "hello", "3: hello"], (await host.TranscriptAsync()).Select(message => message.Text));
    }

    [Fact]
    public async Task Actions_BadShape_FailsTheActionAndNothingElse()
    {
        await using var host = await Agents.StartEchoAsync(options => options.OnAction = (action, _) =>
            Task.FromResult(ActionOutcome.Answer(action.Read<Say>().Text)));

        TestTurn bad = await host.SendActionAsync(new[] { 1, 2 });

        Assert.Equal("The action has the wrong shape.", bad.ErrorText);
        Assert.Equal("1: a", (await host.SendAsync("a")).Text);
    }

    [Fact]
    public async Task NoOpTurn_ResendOfAnAnsweredId_BoundaryWithoutAModelCall()
    {
        await using var host = await Agents.StartModelAsync();
        host.Model.Text("one");
        var message = UIMessage.User("m1", "a");
        await host.SendAsync(message);

        TestTurn again = await host.SendAsync(message);

        Assert.Empty(again.Chunks);
        Assert.Single(host.Model.Calls);
        Assert.Equal(2, (await host.TranscriptAsync()).Count);
    }

    [Fact]
    public async Task ResendOfAFailedMessage_IsAnsweredAgain()
    {
        await using var host = await Agents.StartModelAsync();
        host.Model.Fails(new InvalidOperationException()).Text("now");
        var message = UIMessage.User("m1", "a");
        await host.SendAsync(message);

        Assert.Equal("now", (await host.SendAsync(message)).Text);
    }

    [Fact]
    public async Task PendingMessages_TwoSendsMidTurn_TwoLaterTurnsInOrder()
    {
        TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await Agents.StartModelAsync();
        host.Model.TextWhen("one", gate.Task, "").Text("two").Text("three");
        await host.PostAsync("a");
        await host.TextAsync("one");
        await host.PostAsync("b");
        long last = await host.PostAsync("c");

        gate.SetResult();
        await host.WaitForTurnAsync(last);

        Assert.Equal([1, 3, 5], host.Model.Calls.Select(call => call.Messages.Count));
        Assert.Equal(["0", "1", "2"], host.AllRecords.Where(record => record.Control is not null).Select(record => record.Header(ControlHeaders.InEventId)));
    }

    [Fact]
    public async Task Stop_BetweenTurns_DoesNothing()
    {
        await using var host = await Agents.StartEchoAsync();
        await host.SendAsync("a");

        await host.StopGenerationAsync();
        TestTurn turn = await host.SendAsync("b");

        Assert.False(turn.Stopped);
        Assert.Equal(2, host.AllRecords.Count(record => record.Control is not null));
    }

    [Fact]
    public async Task Stop_TheBoundaryIsBelowALaterMessage()
    {
        await using var host = await Agents.StartModelAsync();
        host.Model.Hangs("one ").Text("two");
        long first = await host.PostAsync("a");
        await host.TextAsync("one");
        long second = await host.PostAsync("b");

        await host.StopGenerationAsync();
        TestTurn stopped = await host.WaitForTurnAsync(first);
        await host.WaitForTurnAsync(second);

        long floor = long.Parse(stopped.Boundary.Header(ControlHeaders.InEventId)!);
        Assert.InRange(floor, first, second - 1);
        Assert.True(stopped.Stopped);
    }

    [Theory]
    [InlineData("cooperates")]
    [InlineData("ignores")]
    [InlineData("swallows")]
    [InlineData("blocks")]
    [InlineData("spins")]
    public async Task StuckAgent_AStopEndsTheTurn_AndTheChatTakesTheNextMessage(string how)
    {
        using var release = new ManualResetEventSlim();
        Exception? late = null;
        TaskCompletionSource wroteLate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await AgentTestHost.StartAsync(async (turn, ct) =>
        {
            if (turn.Message!.Text != "stuck")
            {
                await Agents.EchoAsync(turn, ct);
                return;
            }

            await turn.Output.WriteTextAsync("stuck ", ct);
            if (await GetStuckAsync(how, release, ct))
            {
                late = await Record.ExceptionAsync(() => turn.Output.WriteTextAsync("too late", CancellationToken.None).AsTask());
                wroteLate.TrySetResult();
            }
        });
        long sequence = await host.PostAsync("stuck");
        await host.TextAsync("stuck");

        await host.StopGenerationAsync();
        if (how is "ignores" or "blocks" or "spins")
        {
            await host.TimerAsync(TimeSpan.FromSeconds(5));
            host.Time.Advance(TimeSpan.FromSeconds(6));
        }

        TestTurn turn = await host.WaitForTurnAsync(sequence);
        TestTurn next = await host.SendAsync("next");

        Assert.Equal(how != "swallows", turn.Stopped);
        Assert.Equal("3: next", next.Text);
        release.Set();
        if (how is "ignores" or "blocks" or "spins")
        {
            await wroteLate.Task.WaitAsync(AgentTestHost.Patience);
            Assert.IsType<InvalidOperationException>(late);
            Assert.DoesNotContain(host.AllChunks.OfType<TextDeltaChunk>(), chunk => chunk.Delta == "too late");
            Assert.Equal(2, (await host.RunsAsync()).Count);
        }
    }

    /// <returns>Whether the agent goes on as if nothing had happened.</returns>
    private static async Task<bool> GetStuckAsync(string how, ManualResetEventSlim release, CancellationToken cancellationToken)
    {
        switch (how)
        {
            case "cooperates":
                await Task.Delay(Timeout.Infinite, cancellationToken);
                return true;
            case "ignores":
                await Task.Run(release.Wait, CancellationToken.None);
                return true;
            case "swallows":
                await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return false;
            case "spins":
                while (!release.IsSet)
                {
                    // Goes on where the token is cancelled, which a delay does not.
                    await new TaskCompletionSource().Task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }

                return true;
            default:
                release.Wait(CancellationToken.None);
                return true;
        }
    }

    [Theory]
    [InlineData("""{"kind":"message","payload":{"trigger":"submit-message","message":5}}""", "Invalid message")]
    [InlineData("""{"kind":"message","payload":{"trigger":"submit-message","message":{"id":"","role":"user","parts":[]}}}""", "Invalid message")]
    [InlineData("""{"kind":"message","payload":{"trigger":"submit-message","message":{"id":"x","role":"system","parts":[]}}}""", "Invalid message")]
    [InlineData("""{"kind":"message","payload":{"trigger":"submit-message","message":{"id":"x","role":"user","parts":[null]}}}""", "Invalid message")]
    [InlineData("""{"kind":"message","payload":{"trigger":"submit-message","message":{"id":"x","role":"user","parts":[{"type":5}]}}}""", "Invalid message")]
    [InlineData("""{"kind":"message","payload":{"trigger":"what"}}""", "Unknown trigger")]
    [InlineData("""{"kind":"message","payload":{"trigger":"action"}}""", "The action is empty.")]
    public async Task PoisonRecord_FailsItsTurnAndNothingElse(string record, string error)
    {
        await using var host = await Agents.StartEchoAsync();

        TestTurn turn = await host.WaitForTurnAsync(await host.AppendAsync(JsonNode.Parse(record)!));

        Assert.Equal(error, turn.ErrorText);
        Assert.EndsWith("ok", (await host.SendAsync("ok")).Text);
        Assert.Single(await host.RunsAsync());
    }

    [Theory]
    [InlineData("5")]
    [InlineData("\"text\"")]
    [InlineData("""{"kind":"unknown"}""")]
    [InlineData("""{"kind":"message"}""")]
    [InlineData("""{"kind":"message","payload":[]}""")]
    [InlineData("""{"kind":"handover","partialAssistantMessage":5}""")]
    public async Task UnknownRecord_IsIgnored(string record)
    {
        await using var host = await Agents.StartEchoAsync();

        await host.AppendAsync(JsonNode.Parse(record)!);
        TestTurn turn = await host.SendAsync("ok");

        Assert.Equal("1: ok", turn.Text);
        Assert.Equal("1", turn.Boundary.Header(ControlHeaders.InEventId));
    }

    [Fact]
    public async Task Handover_NotFinal_OneMessageIdAcrossBothHalves()
    {
        int runs = 0;
        await using var host = await Agents.StartModelAsync(null, Microsoft.Extensions.AI.AIFunctionFactory.Create((string q) => $"{++runs}:{q}", "look"));
        host.Model.Text("Step two.");
        await StartHeadStartAsync(host);

        await host.AppendAsync(JsonNode.Parse("""
            {"kind":"handover","messageId":"head-1","isFinal":false,"partialAssistantMessage":[
              {"role":"assistant","content":[{"type":"text","text":"One moment."},{"type":"tool-call","toolCallId":"c1","toolName":"look","input":{"q":"x"}},
                {"type":"tool-approval-request","approvalId":"a1","toolCallId":"c1"}]},
              {"role":"tool","content":[{"type":"tool-approval-response","approvalId":"a1","approved":true}]}]}
            """)!);
        TestTurn turn = await host.WaitForTurnAsync(0);

        Assert.Equal(
            ["tool-output-available", "finish-step", "start-step", "text-start", "text-delta", "text-delta", "text-end", "finish-step", "finish"],
            turn.Chunks.Select(chunk => chunk.Type));
        UIMessage answer = (await host.TranscriptAsync())[^1];
        Assert.Equal("head-1", answer.Id);
        Assert.Equal("One moment.Step two.", answer.Text);
        Assert.Equal(1, runs);
        Assert.Single(host.Model.Calls);
    }

    /// <summary>The head start of the stock client puts an approval beside each call; a process of somebody's own may hand over the calls alone, and with them those it made itself.</summary>
    [Fact]
    public async Task Handover_OfBareCalls_RunsThoseWithoutAResult()
    {
        var ran = new List<string>();
        await using var host = await Agents.StartModelAsync(
            null,
            Microsoft.Extensions.AI.AIFunctionFactory.Create((string q) => Look(q), "look"));
        host.Model.Text("Step two.");
        await StartHeadStartAsync(host);

        await host.AppendAsync(JsonNode.Parse("""
            {"kind":"handover","messageId":"head-1","isFinal":false,"partialAssistantMessage":[
              {"role":"assistant","content":[{"type":"tool-call","toolCallId":"c1","toolName":"look","input":{"q":"open"}},
                {"type":"tool-call","toolCallId":"c2","toolName":"look","input":{"q":"made"}},
                {"type":"tool-call","toolCallId":"c3","toolName":"look","input":{"q":"failed"}},
                {"type":"tool-call","toolCallId":"c4","toolName":"search","input":{},"providerExecuted":true}]},
              {"role":"tool","content":[{"type":"tool-result","toolCallId":"c2","toolName":"look","output":{"type":"json","value":{"n":2}}},
                {"type":"tool-result","toolCallId":"c3","toolName":"look","output":{"type":"error-text","value":"no luck"}}]}]}
            """)!);
        TestTurn turn = await host.WaitForTurnAsync(0);

        Assert.Equal(["open"], ran);
        ToolPart[] calls = [.. (await host.TranscriptAsync())[^1].Tools];
        Assert.Equal("c1", Assert.Single(turn.Chunks.OfType<ToolOutputAvailableChunk>()).ToolCallId);
        Assert.Equal((ToolPartState.OutputAvailable, 2), (calls[1].State, calls[1].Output!.Value.GetProperty("n").GetInt32()));
        Assert.Equal((ToolPartState.OutputError, "no luck"), (calls[2].State, calls[2].ErrorText));
        Assert.Equal("Step two.", (await host.TranscriptAsync())[^1].Text);

        string Look(string q)
        {
            ran.Add(q);
            return q;
        }
    }

    [Fact]
    public async Task Handover_OfABareCallThatNeedsApproval_AsksForIt()
    {
        await using var host = await Agents.StartModelAsync(
            null, new Microsoft.Extensions.AI.ApprovalRequiredAIFunction(Microsoft.Extensions.AI.AIFunctionFactory.Create((string q) => q, "send")));
        await StartHeadStartAsync(host);

        await host.AppendAsync(JsonNode.Parse("""
            {"kind":"handover","messageId":"head-1","isFinal":false,"partialAssistantMessage":[
              {"role":"assistant","content":[{"type":"tool-call","toolCallId":"c1","toolName":"send","input":{"q":"x"}}]}]}
            """)!);
        TestTurn turn = await host.WaitForTurnAsync(0);

        Assert.Equal("c1", Assert.Single(turn.Chunks.OfType<ToolApprovalRequestChunk>()).ToolCallId);
        Assert.Empty(host.Model.Calls);
    }

    [Fact]
    public async Task Handover_Final_NoModelCall()
    {
        await using var host = await Agents.StartModelAsync();
        await StartHeadStartAsync(host);

        await host.AppendAsync(JsonNode.Parse("""
            {"kind":"handover","messageId":"head-1","isFinal":true,"partialAssistantMessage":[{"role":"assistant","content":"All said."}]}
            """)!);
        TestTurn turn = await host.WaitForTurnAsync(0);

        Assert.Empty(turn.Chunks);
        Assert.Empty(host.Model.Calls);
        Assert.Equal(["hello", "All said."], (await host.TranscriptAsync()).Select(message => message.Text));
        Assert.Contains("OnTurnComplete", host.HookLog);
        Assert.DoesNotContain("Run", host.HookLog);
    }

    [Fact]
    public async Task Handover_SkipOrSilence_EndsTheRunWithoutATurn()
    {
        await using var skipped = await Agents.StartModelAsync();
        await StartHeadStartAsync(skipped);
        await skipped.AppendAsync(new JsonObject { ["kind"] = "handover-skip" });
        await skipped.RunsEndedAsync(1);
        Assert.Equal(RunEnd.HandoverSkipped, (await skipped.RunsAsync())[0].End);
        Assert.Empty(skipped.AllRecords);

        await using var silent = await Agents.StartModelAsync();
        await StartHeadStartAsync(silent);
        await silent.AdvanceAsync(TimeSpan.FromSeconds(60));
        await silent.RunsEndedAsync(1);
        Assert.Equal(RunEnd.HandoverSkipped, (await silent.RunsAsync())[0].End);
    }

    private static async Task StartHeadStartAsync(AgentTestHost host)
    {
        await host.StartSessionAsync(new
        {
            trigger = "handover-prepare",
            headStartMessages = JsonSerializer.SerializeToNode(new[] { UIMessage.User("u1", "hello") }, UIJson.Options),
        });
        await host.IdleAsync();
    }

    public sealed record Say(string Text);
}
