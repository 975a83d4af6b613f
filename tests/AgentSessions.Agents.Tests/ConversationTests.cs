using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;
using AgentSessions.Testing;

namespace AgentSessions.Agents.Tests;

public sealed class ConversationTests
{
    private static Task EchoAsync(TurnContext turn, CancellationToken cancellationToken) =>
        turn.Output.WriteTextAsync($"{turn.UIMessages.Count}: {turn.Message!.Text}", cancellationToken).AsTask();

    [Fact]
    public async Task MultiTurn_AccumulatesHistory()
    {
        await using var host = await AgentTestHost.StartAsync(EchoAsync);

        Assert.Equal("1: a", (await host.SendAsync("a")).Text);
        Assert.Equal("3: b", (await host.SendAsync("b")).Text);
        Assert.Equal("5: c", (await host.SendAsync("c")).Text);

        Assert.Equal(["a", "1: a", "b", "3: b", "c", "5: c"], (await host.TranscriptAsync()).Select(message => message.Text));
        Assert.Single(await host.RunsAsync());
    }

    [Fact]
    public async Task Chunks_ComeInTheOrderOfTheWire()
    {
        await using var host = await AgentTestHost.StartAsync(EchoAsync);

        TestTurn turn = await host.SendAsync("hi");

        Assert.Equal(
            ["start", "start-step", "text-start", "text-delta", "text-end", "finish-step", "finish"], turn.Chunks.Select(chunk => chunk.Type));
        Assert.Equal(turn.Message!.Id, turn.Chunks.OfType<StartChunk>().Single().MessageId);
        Assert.Equal("0", turn.Boundary.Header(ControlHeaders.InEventId));
    }

    [Fact]
    public async Task BoundaryAndTrim_EarliestRecordIsThePreviousBoundary()
    {
        await using var host = await AgentTestHost.StartAsync(EchoAsync);
        TestTurn first = await host.SendAsync("a");
        TestTurn second = await host.SendAsync("b");

        Assert.Equal(first.Boundary.Sequence, (await host.OldestOutAsync()).Value);
        Assert.True(host.AllRecords.Last().IsCommand);
        Assert.Equal(Enumerable.Range(0, host.AllRecords.Count), host.AllRecords.Select(record => (int)record.Sequence));
        Assert.Equal("1", second.Boundary.Header(ControlHeaders.InEventId));
    }

    [Fact]
    public async Task IdleOut_NextMessageIsAContinuation()
    {
        await using var host = await AgentTestHost.StartAsync(EchoAsync);
        await host.SendAsync("a");

        await host.AdvanceAsync(TimeSpan.FromSeconds(30));
        await host.RunsEndedAsync(1);
        TestTurn turn = await host.SendAsync("b");

        Assert.Equal("3: b", turn.Text);
        var runs = await host.RunsAsync();
        Assert.Equal([RunReason.Initial, RunReason.Continuation], runs.Select(run => run.Reason));
        Assert.Equal(RunEnd.IdleTimeout, runs[0].End);
        Assert.Equal(2, host.HookLog.Count(hook => hook == "OnBoot"));
        Assert.Equal(1, host.HookLog.Count(hook => hook == "OnChatStart"));
    }

    [Fact]
    public async Task HookOrder_OfAFirstAndANextMessage()
    {
        await using var host = await AgentTestHost.StartAsync(EchoAsync);

        await host.SendAsync("a");
        await host.SendAsync("b");

        Assert.Equal(
            ["OnBoot", "OnValidateMessages", "OnChatStart", "OnTurnStart", "Run", "OnBeforeTurnComplete", "OnTurnComplete",
             "OnValidateMessages", "OnTurnStart", "Run", "OnBeforeTurnComplete", "OnTurnComplete"],
            host.HookLog.Where(hook => hook is not ("LoadContext" or "GetTools" or "PrepareMessages")));
    }

    [Fact]
    public async Task Error_IsSanitised_AndTheNextTurnWorks()
    {
        await using var host = await AgentTestHost.StartAsync((turn, ct) =>
            turn.Message!.Text == "bad" ? throw new InvalidOperationException("secret") : EchoAsync(turn, ct));

        TestTurn bad = await host.SendAsync("bad");
        TestTurn good = await host.SendAsync("good");

        Assert.Equal("An error occurred.", bad.ErrorText);
        Assert.Null(good.ErrorText);
        Assert.Equal("2: good", good.Text);
    }

    [Fact]
    public async Task Stop_KeepsThePartial_AndTheNextSendRunsInTheSameRun()
    {
        await using var host = await AgentTestHost.StartAsync(async (turn, ct) =>
        {
            await turn.Output.WriteTextAsync($"{turn.Message!.Text} ", ct);
            if (turn.Message.Text == "slow")
            {
                await Task.Delay(Timeout.Infinite, ct);
            }
        });
        long sequence = await host.PostAsync("slow");
        await host.TextAsync("slow");

        await host.StopGenerationAsync();
        TestTurn stopped = await host.WaitForTurnAsync(sequence);
        TestTurn next = await host.SendAsync("next");

        Assert.True(stopped.Stopped);
        Assert.Equal("slow ", stopped.Message!.Text);
        Assert.Equal(["start", "start-step", "text-start", "text-delta", "text-end", "abort", "finish-step", "finish"], stopped.Chunks.Select(chunk => chunk.Type));
        Assert.Equal("next ", next.Text);
        Assert.Single(await host.RunsAsync());
    }

    [Fact]
    public async Task Close_EndsTheRun_AndTheSessionGoesOn()
    {
        await using var host = await AgentTestHost.StartAsync(EchoAsync);
        await host.SendAsync("a");

        await host.EndRunAsync();
        await host.RunsEndedAsync(1);

        Assert.Equal("3: b", (await host.SendAsync("b")).Text);
        Assert.Equal(RunEnd.Closed, (await host.RunsAsync())[0].End);
    }
}
