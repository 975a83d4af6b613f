using AgentSessions.Core.Sessions;
using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Tests;

/// <summary>What <c>AgentSessions.Testing</c> promises to those who test agents with it.</summary>
public sealed class HarnessTests
{
    [Fact]
    public async Task SeedTranscript_TheModelSeesThePast()
    {
        await using var host = await Agents.StartModelAsync();
        host.Seed.Transcript(UIMessage.User("u0", "a"), Answer("one"));
        host.Model.Text("two");

        await host.SendAsync("b");

        Assert.Equal(["a", "one", "b"], host.Model.Calls[0].Messages.Select(static message => message.Text));
        Assert.Equal([RunReason.Initial, RunReason.Continuation], (await host.RunsAsync()).Select(static run => run.Reason));
        Assert.DoesNotContain("OnChatStart", host.HookLog);
    }

    [Fact]
    public async Task SeedOutTail_AWholeAnswer_IsPartOfThePast()
    {
        await using var host = await Agents.StartModelAsync();
        host.Seed.Transcript(UIMessage.User("u0", "a")).OutPartial("one", "m1").OutTail(new TextEndChunk("t"), new FinishStepChunk(), new FinishChunk(UIFinishReason.Stop));
        host.Model.Text("two");

        await host.SendAsync("b");

        Assert.Equal(["a", "one", "b"], host.Model.Calls[0].Messages.Select(static message => message.Text));
        Assert.DoesNotContain("OnRecovery", host.HookLog);
    }

    [Fact]
    public async Task SeedInTailAndOutPartial_TheFirstRunRecovers()
    {
        await using var host = await Agents.StartModelAsync();
        host.Seed.InTail(UIMessage.User("u0", "a"), UIMessage.User("u1", "b")).OutPartial("half ");
        host.Model.Text("whole");

        await host.StartSessionAsync();
        TestTurn turn = await host.WaitForTurnAsync(1);

        Assert.Equal(["a", "half ", "b"], host.Model.Calls[0].Messages.Select(static message => message.Text));
        Assert.Equal("whole", turn.Message!.Text);
        Assert.Contains("OnRecovery", host.HookLog);
        StoredConversation snapshot = await host.SnapshotAsync();
        Assert.Equal([("a", true), ("half ", false), ("b", true), ("whole", true)], snapshot.Messages.Select(static stored => (stored.Message.Text, stored.Final)));
        Assert.Equal(turn.Boundary.Sequence, snapshot.LastOutEventId);
        Assert.Equal(1, snapshot.LastInEventId);
    }

    [Fact]
    public async Task Steer_TheMessageIsThereAtTheNextStepBoundary()
    {
        using var tool = new GatedTool();
        await using var host = await Agents.StartModelAsync(static options => options.Steering = new SteeringOptions { ShouldInject = static _ => true }, tool.Function);
        host.Model.ToolCall("work").Text("done");
        await host.PostAsync("a");
        await tool.Entered;

        long steered = await host.SteerAsync("b");
        tool.Release();
        await host.WaitForTurnAsync(steered);

        Assert.Equal("b", host.Model.Calls[1].Messages[^1].Text);
    }

    [Fact]
    public async Task Approve_ByTheApprovalAlone_FindsItsMessage()
    {
        await using var host = await Agents.StartModelAsync(null, new ApprovalRequiredAIFunction(AIFunctionFactory.Create(static () => "paid", "pay")));
        host.Model.ToolCall("pay").Text("Paid.");

        TestTurn turn = await host.SendAsync("a");
        turn = await host.ApproveAsync(turn.Message!.Approvals[0], approved: true);

        Assert.Equal("Paid.", turn.Text);
    }

    private static UIMessage Answer(string text) => new() { Id = "m0", Role = UIMessageRole.Assistant, Parts = [new TextPart(text)] };
}
