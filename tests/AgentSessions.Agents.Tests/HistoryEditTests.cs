using System.Text.Json;
using AgentSessions.Protocol.UI;
using AgentSessions.Testing;

namespace AgentSessions.Agents.Tests;

/// <summary>What hooks see of the conversation and change in it.</summary>
public sealed class HistoryEditTests
{
    [Fact]
    public async Task HistoryEdits_AreAppliedAfterTheHook_AndLostIfItThrows()
    {
        bool fails = true;
        await using var host = await Agents.StartEchoAsync(options => options.OnTurnStart = (turn, _) =>
        {
            if (turn.UIMessages.Count > 2)
            {
                turn.History.Slice(^1..);
                Assert.Single(turn.History.All);
                if (fails)
                {
                    fails = false;
                    throw new InvalidOperationException();
                }
            }

            return Task.CompletedTask;
        });
        await host.SendAsync("a");

        TestTurn failed = await host.SendAsync("b");
        Assert.NotNull(failed.ErrorText);
        Assert.Equal(3, (await host.TranscriptAsync()).Count);

        Assert.Equal("1: c", (await host.SendAsync("c")).Text);
        Assert.Equal(["c", "1: c"], (await host.TranscriptAsync()).Select(message => message.Text));
    }

    [Fact]
    public async Task HistoryEdits_SetRemoveRollbackAndReplace()
    {
        await using var host = await Agents.StartEchoAsync(options => options.OnTurnStart = (turn, _) =>
        {
            switch (turn.Message!.Text)
            {
                case "remove":
                    Assert.True(turn.History.Remove("user-1"));
                    Assert.False(turn.History.Remove("nobody"));
                    break;
                case "replace":
                    Assert.True(turn.History.Replace(UIMessage.User("user-2", "replaced")));
                    break;
                case "rollback":
                    Assert.True(turn.History.RollbackTo("user-2"));
                    break;
                case "set":
                    turn.History.Set([UIMessage.User("only", "set anew")]);
                    break;
            }

            return Task.CompletedTask;
        });
        await host.SendAsync("first");

        await host.SendAsync("remove");
        Assert.Equal(["1: first", "remove", "2: remove"], await TextsAsync(host));
        await host.SendAsync("replace");
        Assert.Equal(["1: first", "replaced", "2: remove", "replace", "4: replace"], await TextsAsync(host));
        await host.SendAsync("rollback");
        Assert.Equal(["1: first", "replaced", "2: rollback"], await TextsAsync(host));
        await host.SendAsync("set");
        Assert.Equal(["set anew", "1: set"], await TextsAsync(host));
    }

    [Fact]
    public async Task History_TellsCallsThatWait_FromCallsThatAreDone()
    {
        string[] waiting = [];
        string[] done = [];
        await using AgentTestHost host = await AgentTestHost.StartAsync((turn, _) =>
        {
            turn.History.Set(
            [
                Calling("""{"type":"tool-a","toolCallId":"old","state":"output-available","input":1,"output":1},{"type":"tool-a","toolCallId":"left","state":"input-available","input":1}"""),
                Calling("""
                    {"type":"tool-a","toolCallId":"waits","state":"input-available","input":1},{"type":"tool-a","toolCallId":"done","state":"output-available","input":1,"output":2},
                    {"type":"tool-a","toolCallId":"growing","state":"output-available","input":1,"output":2,"preliminary":true},{"type":"tool-a","toolCallId":"failed","state":"output-error","input":1,"errorText":"x"},
                    {"type":"tool-a","toolCallId":"asked","state":"approval-requested","input":1,"approval":{"id":"p"}},
                    {"type":"tool-a","toolCallId":"denied","state":"output-denied","input":1,"approval":{"id":"q","approved":false}}
                    """),
                turn.Message!,
            ]);
            waiting = [.. turn.History.PendingToolCalls.Select(static call => call.ToolCallId)];
            done = [.. turn.History.ResolvedToolCalls.Select(static call => call.ToolCallId)];
            return Task.CompletedTask;
        });

        await host.SendAsync("go");

        Assert.Equal(["waits"], waiting);
        Assert.Equal(["done", "failed", "denied"], done);
    }

    private static UIMessage Calling(string parts) =>
        JsonSerializer.Deserialize<UIMessage>($$"""{"id":"a-{{parts.Length}}","role":"assistant","parts":[{{parts}}]}""", UIJson.Options)!;

    private static async Task<IEnumerable<string>> TextsAsync(AgentTestHost host) => (await host.TranscriptAsync()).Select(message => message.Text);
}
