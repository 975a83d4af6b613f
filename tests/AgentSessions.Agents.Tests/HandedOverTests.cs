using System.Text.Json;
using System.Text.Json.Nodes;
using AgentSessions.Core.Runs;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Tests;

/// <summary>Answers whose first step another process gave, and whose host dies: the handover is owed like a message, and nothing of it is lost or done twice.</summary>
public sealed class HandedOverTests
{
    private static readonly JsonNode _handover = JsonNode.Parse("""
        {"kind":"handover","messageId":"head-1","isFinal":false,"partialAssistantMessage":[
          {"role":"assistant","content":[{"type":"text","text":"One moment."},{"type":"tool-call","toolCallId":"c1","toolName":"look","input":{"q":"x"}},
            {"type":"tool-approval-request","approvalId":"a1","toolCallId":"c1"}]},
          {"role":"tool","content":[{"type":"tool-approval-response","approvalId":"a1","approved":true}]}]}
        """)!;

    private static readonly JsonNode _final = JsonNode.Parse("""
        {"kind":"handover","messageId":"head-1","isFinal":true,"partialAssistantMessage":[{"role":"assistant","content":"One moment."}]}
        """)!;

    [Theory]
    [InlineData(InterruptedCall.Replay, 2)]
    [InlineData(InterruptedCall.Fail, 1)]
    [InlineData(null, 2)]
    public async Task Kill_BeforeAnyCommitOfTheTurn_TheAnswerIsCompletedOnce(InterruptedCall? declared, int mostExecutions)
    {
        int crashes = 0;
        while (await KillAsync(declared, crashes, mostExecutions))
        {
            crashes++;
        }

        Assert.InRange(crashes, 2, 100);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Kill_BeforeTheHandover_ItIsTakenBySomeOtherRun(bool isFinal)
    {
        await using AgentTestHost host = await StartAsync(Look());
        await host.CrashRunAsync();
        await host.RestartAsync();

        long sequence = await host.AppendAsync((isFinal ? _final : _handover).DeepClone());
        await host.WaitForTurnAsync(sequence);

        await AssertAnsweredAsync(host, isFinal ? "One moment." : "One moment.Step two.");
        Assert.Equal(isFinal ? 0 : 1, host.Model.Calls.Count);
        Assert.DoesNotContain("OnRecovery", host.HookLog);
    }

    [Fact]
    public async Task Stop_WhileTheRunsBeginningHangs_KeepsWhatWasHandedOver()
    {
        int boots = 0;
        await using AgentTestHost host = await Agents.StartModelAsync(
            options => options.OnBoot = (_, token) => boots++ == 0 ? Task.Delay(Timeout.Infinite, token) : Task.CompletedTask, Look());
        host.Model.Text("next");
        await HeadStartAsync(host, "OnBoot");
        long handed = await host.AppendAsync(_handover.DeepClone());
        await host.ReceivedAsync(handed);

        await host.StopGenerationAsync();
        await host.WaitForTurnAsync(handed);

        Assert.Equal(["hello", "One moment."], (await host.TranscriptAsync()).Select(static message => message.Text));
        Assert.Equal("next", (await host.SendAsync("again")).Text);
    }

    [Fact]
    public async Task Handover_ThatCameWhileTheHostWasDown_IsTakenByItself()
    {
        await using AgentTestHost host = await StartAsync(Look());
        await host.CrashRunAsync();
        await host.AppendWhileDownAsync(_handover.DeepClone());

        await host.RestartAsync();
        await host.WaitForTurnAsync(0);

        await AssertAnsweredAsync(host, "One moment.Step two.");
    }

    [Fact]
    public async Task Message_ThatComesBeforeTheHandover_WaitsForItInTheNextRunToo()
    {
        await using AgentTestHost host = await StartAsync(Look());
        host.Model.Text("And you?");
        await host.CrashRunAsync();
        await host.RestartAsync();

        long message = await host.PostAsync("hi");
        await host.IdleAsync();
        Assert.Empty(host.Model.Calls);
        await host.AppendAsync(_handover.DeepClone());
        await host.WaitForTurnAsync(message);

        Assert.Equal(["hello", "One moment.Step two.", "hi", "And you?"], (await host.TranscriptAsync()).Select(static stored => stored.Text));
    }

    [Fact]
    public async Task Message_WhenNoHandoverComes_IsAnsweredWithoutAnotherWait()
    {
        await using AgentTestHost host = await StartAsync(Look());
        await host.CrashRunAsync();
        await host.RestartAsync();
        long message = await host.PostAsync("hi");

        await host.AdvanceAsync(TimeSpan.FromSeconds(60));
        await host.WaitForTurnAsync(message);

        Assert.Equal("Step two.", (await host.TranscriptAsync())[^1].Text);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Message_WhenTheHandoverIsCalledOff_IsAnswered(bool isKilled)
    {
        await using AgentTestHost host = await StartAsync(Look());
        if (isKilled)
        {
            await host.CrashRunAsync();
            await host.RestartAsync();
        }

        long message = await host.PostAsync("hi");
        await host.AppendAsync(new JsonObject { ["kind"] = "handover-skip" });
        await host.WaitForTurnAsync(message);

        Assert.Equal("Step two.", (await host.TranscriptAsync())[^1].Text);
    }

    [Fact]
    public async Task CallingOff_AfterTheHostDied_EndsTheRunWithoutATurn()
    {
        await using AgentTestHost host = await StartAsync(Look());
        await host.CrashRunAsync();
        await host.RestartAsync();

        await host.AppendAsync(new JsonObject { ["kind"] = "handover-skip" });
        await host.RunsEndedAsync(1);

        Assert.Equal(RunEnd.HandoverSkipped, (await host.RunsAsync())[^1].End);
        Assert.DoesNotContain(host.AllRecords, static record => record.Control == ControlHeaders.TurnComplete);
    }

    [Fact]
    public async Task Handover_ThatKillsItsHostTooOften_IsGivenUp()
    {
        await using AgentTestHost host = await Agents.StartModelAsync(null, Look());
        host.Model.Hangs("1 ").Hangs("2 ").Hangs("3 ").Text("fine");
        await HeadStartAsync(host);
        await host.AppendAsync(_handover.DeepClone());
        for (int death = 1; death <= 3; death++)
        {
            await host.TextAsync($"{death} ");
            await host.CrashRunAsync();
            await host.RestartAsync();
        }

        await host.WaitForTurnAsync(0);
        Assert.Equal("fine", (await host.SendAsync("next")).Text);
    }

    [Fact]
    public async Task Handover_AfterTheFirstBoundary_OwesNothing()
    {
        await using AgentTestHost host = await StartAsync(Look());
        await host.AppendAsync(_handover.DeepClone());
        await host.WaitForTurnAsync(0);
        await host.AppendAsync(_handover.DeepClone());

        await host.CrashRunAsync();
        await host.RestartAsync();

        Assert.Equal(RunEnd.HostLost, Assert.Single(await host.RunsAsync()).End);
    }

    /// <returns>Whether the turn was long enough to be killed there.</returns>
    private static async Task<bool> KillAsync(InterruptedCall? declared, int commitsBefore, int mostExecutions)
    {
        int executions = 0;
        AIFunction look = AIFunctionFactory.Create((string q) => $"{Interlocked.Increment(ref executions)}:{q}", "look");
        await using AgentTestHost host = await StartAsync(declared is { } policy ? AgentTool.WithEffects(look, policy) : AgentTool.ReadOnly(look));
        host.Model.Text("Step two.");
        Task killed = host.KillBeforeRunCommit(commitsBefore);
        await host.AppendAsync(_handover.DeepClone());
        Task answered = host.RecordAsync(static record => record.Control == ControlHeaders.TurnComplete);
        if (await Task.WhenAny(killed, answered) == answered)
        {
            return false;
        }

        await host.RestartAsync();
        await answered;

        await AssertAnsweredAsync(host, "One moment.Step two.");
        Assert.InRange(executions, declared == InterruptedCall.Fail ? 0 : 1, mostExecutions);
        Assert.Single(host.AllChunks.OfType<StartChunk>());
        Assert.Single(host.AllRecords, static record => record.Control == ControlHeaders.TurnComplete);
        return true;
    }

    private static async Task AssertAnsweredAsync(AgentTestHost host, string text)
    {
        IReadOnlyList<UIMessage> transcript = await host.TranscriptAsync();
        Assert.Equal(["hello", text], transcript.Select(static message => message.Text));
        Assert.Equal("head-1", transcript[1].Id);
        Assert.All(transcript[1].Tools, static tool => Assert.True(tool.IsTerminal));
        Assert.True(transcript[1].Tools.Count() <= 1);
    }

    private static AIFunction Look() => AgentTool.ReadOnly(AIFunctionFactory.Create((string q) => q, "look"));

    private static async Task<AgentTestHost> StartAsync(AIFunction look)
    {
        AgentTestHost host = await Agents.StartModelAsync(null, look);
        host.Model.Text("Step two.");
        await HeadStartAsync(host);
        return host;
    }

    /// <summary>A session whose run waits, and the first step as the other process writes it.</summary>
    /// <param name="host">The host.</param>
    /// <param name="reached">What the run is at by then; null for its wait for the handover.</param>
    private static async Task HeadStartAsync(AgentTestHost host, string? reached = null)
    {
        await host.StartSessionAsync(new
        {
            trigger = "handover-prepare",
            headStartMessages = JsonSerializer.SerializeToNode(new[] { UIMessage.User("u1", "hello") }, UIJson.Options),
        });
        await (reached is null ? host.IdleAsync() : host.HookCalledAsync(reached));
        UIMessageChunk[] step =
        [
            new StartChunk("head-1"), new StartStepChunk(), new TextStartChunk("w"), new TextDeltaChunk("w", "One moment."), new TextEndChunk("w"),
            new ToolInputAvailableChunk("c1", "look", UIJson.ToElement(new { q = "x" })),
        ];
        foreach (UIMessageChunk chunk in step)
        {
            await host.AppendOutAsync(new JsonObject { ["data"] = JsonSerializer.SerializeToNode(chunk, UIJson.Options), ["id"] = "p" }.ToJsonString());
        }
    }
}
