using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Agents.Tests;

public sealed class SubAgentMemoryTests
{
    [Fact]
    public async Task ANamedConversation_GoesOn_InOneTurnAndInLaterOnes_WithItsState()
    {
        await using var host = await StartAsync();
        host.Model
            .ToolCall("clerk", new { message = "first", conversation = "tax" }, "c1").ToolCall("clerk", new { message = "second", conversation = "tax" }, "c2")
            .Text("Two.")
            .ToolCall("clerk", new { message = "third", conversation = "tax" }, "c3").Text("Three.");

        TestTurn one = await host.SendAsync("go");
        TestTurn two = await host.SendAsync("go on");

        Assert.Equal(["1 messages, 1 counted", "3 messages, 2 counted"], Outputs(one));
        Assert.Equal(["5 messages, 3 counted"], Outputs(two));
        Assert.Equal(6, (await host.TranscriptAsync("chat-clerk-in-tax")).Count);
    }

    [Fact]
    public async Task CallsWithoutANameOrWithAnother_KnowNothingOfEachOther()
    {
        await using var host = await StartAsync();
        host.Model
            .ToolCall("clerk", new { message = "first", conversation = "tax" }, "c1")
            .ToolCall("clerk", new { message = "second", conversation = "law" }, "c2")
            .ToolCall("clerk", new { message = "third" }, "c3").Text("Done.");

        TestTurn turn = await host.SendAsync("go");

        Assert.Equal(Enumerable.Repeat("1 messages, 1 counted", 3), Outputs(turn));
    }

    [Theory]
    [InlineData("../other")]
    [InlineData("a:channels:b")]
    public async Task ANameThatCouldReachAnotherSession_IsRefused(string conversation)
    {
        await using var host = await StartAsync();
        host.Model.ToolCall("clerk", new { message = "first", conversation }, "c1").Text("Done.");

        TestTurn turn = await host.SendAsync("go");

        ToolPart call = turn.Message!.Tools.Single();
        Assert.Equal(ToolPartState.OutputError, call.State);
        Assert.Contains("letters", call.ErrorText);
    }

    private static Task<AgentTestHost> StartAsync() => AgentTestHost.StartAsync(
        Agents.RespondAsync,
        builder =>
        {
            builder.Options = options => options.Tools = static (_, _) => new([AgentTool.SubAgent("clerk", memory: SubAgentMemory.Conversations)]);
            builder.Agents(static agents => agents.AddAgent("clerk", static async (turn, ct) =>
            {
                AgentState<Counted> state = turn.Services.GetRequiredService<AgentState<Counted>>();
                state.Set(new Counted(state.Value.Number + 1));
                await turn.Output.WriteTextAsync($"{turn.UIMessages.Count} messages, {state.Value.Number} counted", ct);
            }));
        });

    private static IEnumerable<string> Outputs(TestTurn turn) =>
        turn.Message!.Tools.Select(static call => System.Text.Json.JsonSerializer.Deserialize<UIMessage>(call.Output!.Value, UIJson.Options)!.Text);

    [Persisted]
    public sealed record Counted(int Number)
    {
        public Counted()
            : this(0)
        {
        }
    }
}
