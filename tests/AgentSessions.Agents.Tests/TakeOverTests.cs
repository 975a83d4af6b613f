using System.Text.Json;
using System.Text.Json.Nodes;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Holding;
using AgentSessions.Core.Sessions.Terms;
using AgentSessions.Core.Storage;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Agents.Tests;

public sealed class TakeOverTests
{
    private static readonly HoldSession _takeOver = new(HoldAction.TakeOver) { By = "Ada" };
    private static readonly HoldSession _handBack = new(HoldAction.HandBack);

    private static Task<AgentTestHost> StartAsync() =>
        AgentTestHost.StartAsync((turn, ct) => turn.RespondAsync(turn.Services.GetRequiredService<IChatClient>(), cancellationToken: ct));

    private static Task<long> PostAsync(AgentTestHost host, string text, string receipt)
    {
        JsonNode message = JsonSerializer.SerializeToNode(UIMessage.User($"u-{text}", text), UIJson.Options)!;
        return host.AppendAsync(
            new JsonObject { ["kind"] = "message", ["payload"] = new JsonObject { ["trigger"] = "submit-message", ["message"] = message } },
            new MessageTerms { Receipt = receipt });
    }

    private static ValueTask<TurnReceipt?> ReceiptAsync(AgentTestHost host, string name) =>
        TurnReceipt.FindAsync(host.Services.GetRequiredService<IStateStore>(), "test", name, CancellationToken.None);

    private static HoldSession Say(string text, string id = "op1") => new(HoldAction.Say) { MessageId = id, Text = text };

    [Fact]
    public async Task TakeOver_KeepsWhatComesIn_AndStartsNoTurn()
    {
        await using AgentTestHost host = await StartAsync();
        host.Model.Text("one");
        await host.SendAsync("a");

        SessionRow row = await host.HoldAsync(_takeOver);
        await host.PostAsync("b");
        await host.RestartAsync();
        await host.PostAsync("c");

        Assert.Equal("Ada", row.HeldBy);
        SessionRow stored = await host.SessionAsync();
        Assert.Equal(("Ada", false), (stored.HeldBy, stored.HasLiveRun));
        Assert.Equal(RunEnd.TakenOver, Assert.Single(await host.RunsAsync()).End);
    }

    [Fact]
    public async Task Say_IsAnAnswerToAllThatWaits_WithItsBoundary()
    {
        await using AgentTestHost host = await StartAsync();
        host.Model.Text("one");
        await host.SendAsync("a");
        await host.HoldAsync(_takeOver);
        await host.PostAsync("b");
        long last = await host.PostAsync("c");

        await host.HoldAsync(Say("I am a person"));
        await host.HoldAsync(Say("I am a person"));
        TestTurn turn = await host.WaitForBoundaryAsync(last);

        Assert.Equal("I am a person", turn.Text);
        Assert.Equal(["start", "start-step", "text-start", "text-delta", "text-end", "finish-step", "finish"], turn.Chunks.Select(static chunk => chunk.Type));
        Assert.Equal(["a", "one", "b", "c", "I am a person"], (await host.TranscriptAsync()).Select(static message => message.Text));
        Assert.Equal(2, host.AllRecords.Count(static record => record.Control == ControlHeaders.TurnComplete));
    }

    [Fact]
    public async Task Say_IsToldToWhoeverAskedAboutTheMessagesThatWait()
    {
        await using AgentTestHost host = await StartAsync();
        host.Model.Text("one");
        await host.SendAsync("a");
        await host.HoldAsync(_takeOver);
        long first = await PostAsync(host, "b", "r1");
        long second = await PostAsync(host, "c", "r2");

        await host.HoldAsync(Say("I am a person"));

        Assert.Equal(
            [first, second],
            host.AllRecords.Where(static record => record.Control == ControlHeaders.TurnBegun).Select(static record => long.Parse(record.Header(ControlHeaders.InEventId)!)));
        Assert.Equal([TurnState.Completed, TurnState.Completed], [(await ReceiptAsync(host, "r1"))!.State, (await ReceiptAsync(host, "r2"))!.State]);
        Assert.Equal(["c", "I am a person"], (await ReceiptAsync(host, "r2"))!.Messages.Select(static message => message.Text));
    }

    [Fact]
    public async Task TakeOver_TellsWhoeverAskedAboutTheTurnItCuts()
    {
        await using AgentTestHost host = await StartAsync();
        host.Model.Hangs("half ");
        long cut = await PostAsync(host, "a", "r1");
        await host.TextAsync("half");

        await host.HoldAsync(_takeOver);
        await host.WaitForBoundaryAsync(cut);

        TurnReceipt receipt = (await ReceiptAsync(host, "r1"))!;
        Assert.Equal(TurnState.Stopped, receipt.State);
        Assert.Equal(["a", "half "], receipt.Messages.Select(static message => message.Text));
    }

    [Fact]
    public async Task HandBack_AnswersWhatQueuedUp_OnceAndInTheLightOfWhatWasSaid()
    {
        await using AgentTestHost host = await StartAsync();
        host.Model.Text("one").Text("two");
        await host.SendAsync("a");
        await host.HoldAsync(_takeOver);
        await host.PostAsync("b");
        await host.HoldAsync(Say("from a person"));
        long queued = await host.PostAsync("c");

        SessionRow row = await host.HoldAsync(_handBack);
        TestTurn turn = await host.WaitForBoundaryAsync(queued);

        Assert.Null(row.HeldBy);
        Assert.Equal("two", turn.Message!.Text);
        Assert.Equal(["a", "one", "b", "from a person", "c"], host.Model.Calls[1].Messages.Select(static message => message.Text));
        Assert.Equal(2, host.Model.Calls.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task HandBack_ActsOnAnApprovalThatCameMeanwhile_WhateverWasSaid(int said)
    {
        int runs = 0;
        AIFunction refund = new ApprovalRequiredAIFunction(AIFunctionFactory.Create((string id) => $"{++runs}:{id}", "refund"));
        await using AgentTestHost host = await Agents.StartModelAsync(null, refund);
        host.Model.ToolCall("refund", new { id = "7" }).Text("Refunded.").Text("Bye.");
        UIMessage asked = (await host.SendAsync("refund 7")).Message!;
        ToolPart call = asked.Tools.Single();
        await host.HoldAsync(_takeOver);
        long approved = await host.PostAsync(asked with
        {
            Parts = [call with { State = ToolPartState.ApprovalResponded, Approval = call.Approval! with { Approved = true } }],
        });
        for (int i = 0; i < said; i++)
        {
            await host.HoldAsync(Say($"patience {i}", $"op{i}"));
            await host.WaitForBoundaryAsync(approved);
        }

        Assert.Equal(0, runs);
        await host.HoldAsync(_handBack);

        // Each time something is said, it comes once more.
        TestTurn acted = await host.WaitForBoundaryAsync(approved + said);
        TestTurn last = await host.SendAsync("thanks");

        Assert.Equal(("Refunded.", "Bye."), (acted.Text, last.Text));
        Assert.Equal(1, runs);
        UIMessage settled = (await host.TranscriptAsync())[1];
        Assert.Equal((asked.Id, "1:7", "Refunded."), (settled.Id, settled.Tools.Single().Output!.Value.GetString(), settled.Text));
    }

    [Fact]
    public async Task TakeOver_InTheMiddleOfAnAnswer_EndsItLikeAStop()
    {
        await using AgentTestHost host = await StartAsync();
        host.Model.Hangs("half ").Text("next");
        long first = await host.PostAsync("a");
        await host.TextAsync("half");
        long second = await host.PostAsync("b");

        await host.HoldAsync(_takeOver);
        TestTurn cut = await host.WaitForBoundaryAsync(first);
        await host.HoldAsync(_handBack);
        TestTurn answered = await host.WaitForBoundaryAsync(second);

        Assert.Equal("half ", cut.Text);
        Assert.Contains("abort", cut.Chunks.Select(static chunk => chunk.Type));
        Assert.Equal("next", answered.Text);
        Assert.Equal(["a", "half ", "b", "next"], (await host.TranscriptAsync()).Select(static message => message.Text));
    }

    [Fact]
    public async Task HandBack_WithNothingOwed_LetsTheNextMessageStartARun()
    {
        await using AgentTestHost host = await StartAsync();
        host.Model.Text("one").Text("two");
        await host.SendAsync("a");
        await host.HoldAsync(_takeOver);
        await host.HoldAsync(_handBack);

        Assert.Equal("two", (await host.SendAsync("b")).Text);
        Assert.Equal([RunReason.Initial, RunReason.Continuation], (await host.RunsAsync()).Select(static run => run.Reason).Order());
    }

    [Fact]
    public async Task Say_WhenNobodyHoldsTheSession_IsRefused()
    {
        await using AgentTestHost host = await StartAsync();
        host.Model.Text("one");
        await host.SendAsync("a");

        SessionException refused = await Assert.ThrowsAsync<SessionException>(() => host.HoldAsync(Say("x")));

        Assert.Equal(SessionErrorCode.InvalidRequest, refused.Code);
        Assert.Equal(["a", "one"], (await host.TranscriptAsync()).Select(static message => message.Text));
    }
}
