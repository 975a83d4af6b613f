using AgentSessions.Core.Runs;
using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Agents.Tests;

public sealed class CustomAgentTests
{
    private static Task<AgentTestHost> StartAsync(Func<IAgentSessionLoop, CancellationToken, Task> run) => AgentTestHost.StartCustomAsync(run);

    private static async Task RespondAsync(IAgentSessionLoop loop, CancellationToken cancellationToken)
    {
        IChatClient model = loop.Services.GetRequiredService<IChatClient>();
        await foreach (SessionTurn turn in loop.Turns(cancellationToken))
        {
            await turn.CompleteAsync(model.GetStreamingResponseAsync(turn.Messages, cancellationToken: turn.Token), cancellationToken);
        }
    }

    [Fact]
    public async Task SessionLoop_AccumulatesTurns()
    {
        await using var host = await StartAsync(RespondAsync);
        host.Model.Text("one").Text("two");

        TestTurn first = await host.SendAsync("a");
        TestTurn second = await host.SendAsync("b");

        Assert.Equal(("one", "two"), (first.Text, second.Text));
        Assert.Equal([1, 3], host.Model.Calls.Select(call => call.Messages.Count));
        Assert.Equal(
            ["start", "start-step", "text-start", "text-delta", "text-end", "finish-step", "finish"], second.Chunks.Select(chunk => chunk.Type));
        Assert.Single(await host.RunsAsync());
    }

    [Fact]
    public async Task SessionLoop_AContinuationStartsEmpty_AndTheAuthorSeedsIt()
    {
        await using var host = await StartAsync(async (loop, ct) =>
        {
            await foreach (SessionTurn turn in loop.Turns(ct))
            {
                if (turn is { IsContinuation: true, UIMessages.Count: 1 } && turn.Message!.Text == "seed")
                {
                    turn.SetMessages([UIMessage.User("s", "seeded"), turn.Message]);
                }

                await turn.Output.WriteTextAsync($"{turn.UIMessages.Count}", ct);
                await turn.DoneAsync();
            }
        });
        Assert.Equal("1", (await host.SendAsync("a")).Text);
        await host.AdvanceAsync(TimeSpan.FromSeconds(30));
        await host.RunsEndedAsync(1);

        Assert.Equal("2", (await host.SendAsync("seed")).Text);
        Assert.Equal([RunEnd.IdleTimeout], (await host.RunsAsync()).Where(run => run.End is not null).Select(run => run.End!.Value));
    }

    [Fact]
    public async Task SessionLoop_AStopKeepsThePartial()
    {
        await using var host = await StartAsync(RespondAsync);
        host.Model.Hangs("half ").Text("next");
        long sequence = await host.PostAsync("a");
        await host.TextAsync("half");

        await host.StopGenerationAsync();
        TestTurn stopped = await host.WaitForTurnAsync(sequence);

        Assert.True(stopped.Stopped);
        Assert.Equal("next", (await host.SendAsync("b")).Text);
        Assert.Equal(["a", "half ", "b"], host.Model.Calls[1].Messages.Select(message => message.Text));
    }

    [Fact]
    public async Task SessionLoop_InvalidClientDataAndPoisonFailTheirTurn_TheNextWorks()
    {
        await using var host = await StartAsync(async (loop, ct) =>
        {
            await foreach (SessionTurn turn in loop.Turns(ct))
            {
                try
                {
                    await turn.Output.WriteTextAsync(turn.ClientData<Plan>().Name, ct);
                    await turn.DoneAsync();
                }
                catch (ClientDataException exception)
                {
                    await turn.FailAsync(exception);
                }
            }
        });

        TestTurn bad = await host.SendAsync("a", new { name = 5 });
        TestTurn poison = await host.WaitForTurnAsync(await host.AppendAsync(System.Text.Json.Nodes.JsonNode.Parse(
            """{"kind":"message","payload":{"trigger":"what"}}""")!));
        TestTurn good = await host.SendAsync("b", new { name = "pro" });

        Assert.Equal("Invalid client data", bad.ErrorText);
        Assert.Equal("Unknown trigger", poison.ErrorText);
        Assert.Equal("pro", good.Text);
    }

    [Fact]
    public async Task SessionLoop_ThatThrows_FailsTheTurn_AndTheNextMessageStartsAnotherRun()
    {
        await using var host = await StartAsync(async (loop, ct) =>
        {
            await foreach (SessionTurn turn in loop.Turns(ct))
            {
                await turn.Output.WriteTextAsync("ok", ct);
                if (turn.Message!.Text == "bad")
                {
                    throw new InvalidOperationException("secret");
                }
            }
        });

        TestTurn bad = await host.SendAsync("bad");
        TestTurn good = await host.SendAsync("good");

        Assert.Equal("An error occurred.", bad.ErrorText);
        Assert.Equal("ok", good.Text);
        Assert.Equal(2, (await host.RunsAsync()).Count);
    }

    [Fact]
    public async Task RawLoop_ReadsAndWritesWithoutTurnsBeingMadeOfIt()
    {
        await using var host = await StartAsync(async (loop, ct) =>
        {
            await foreach (SessionMessage message in loop.Channel.In.ReadAllAsync(ct))
            {
                await loop.Channel.Out.Current.WriteTextAsync($"raw {message.Message?.Text}", ct);
                await loop.Channel.Out.CompleteTurnAsync();
            }
        });

        Assert.Equal("raw a", (await host.SendAsync("a")).Text);
        Assert.Equal("raw b", (await host.SendAsync("b")).Text);
    }

    [Theory]
    [InlineData("other", "approval-not-found: there is no such approval to answer.")]
    [InlineData("a1", "approval-not-found: the approval was answered before.")]
    public async Task SessionLoop_AnApprovalThatIsNotOpen_IsRefused_AndNothingOfItIsKept(string approval, string error)
    {
        await using var host = await StartAsync(async (loop, ct) =>
        {
            await foreach (SessionTurn turn in loop.Turns(ct))
            {
                if (turn.Message!.Role == UIMessageRole.User)
                {
                    await turn.Output.WriteAsync(new ToolInputAvailableChunk("c1", "pay", UIJson.ToElement(new { amount = 1 })), ct);
                    await turn.Output.WriteAsync(new ToolApprovalRequestChunk("a1", "c1"), ct);
                }

                await turn.DoneAsync();
            }
        });
        UIMessage asked = (await host.SendAsync("a")).Message!;
        await host.ApproveAsync(asked, new ToolApproval("a1"), approved: false);

        TestTurn turn = await host.SendAsync(asked with { Parts = [Answer(asked.Tools.Single(), approval)] });

        Assert.Equal(error, turn.ErrorText);
        ToolPart kept = Assert.Single((await host.TranscriptAsync()).Single(message => message.Id == asked.Id).Tools);
        Assert.Equal((1, false), (kept.Input!.Value.GetProperty("amount").GetInt32(), kept.Approval!.Approved));
        Assert.Null((await host.SendAsync("b")).ErrorText);
    }

    [Fact]
    public async Task SessionLoop_AMessageUnderAKnownId_ChangesNothing()
    {
        await using var host = await StartAsync(RespondAsync);
        host.Model.Text("one").Text("two");
        UIMessage answer = (await host.SendAsync("a")).Message!;

        await host.SendAsync(UIMessage.User(answer.Id, "I never said that."));

        Assert.Equal(["a", "one", "two"], (await host.TranscriptAsync()).Select(message => message.Text));
    }

    [Fact]
    public async Task SessionLoop_ATurnThatIsCutOff_IsNoLongerOpen()
    {
        var left = new TaskCompletionSource();
        await using var host = await StartAsync(async (loop, ct) =>
        {
            await foreach (SessionTurn turn in loop.Turns(ct))
            {
                await turn.Output.WriteTextAsync("half", ct);
                await left.Task;
            }
        });
        await host.PostAsync("a");
        await host.TextAsync("half");
        OpenTurns open = host.Services.GetRequiredService<OpenTurns>();
        Assert.Equal(1, open.Count);

        await host.CancelRunAsync();
        await host.RunsEndedAsync(1);

        Assert.Equal(0, open.Count);
        left.SetResult();
    }

    [Fact]
    public async Task CrashedLoop_TheMessageIsAskedAgain()
    {
        await using var host = await StartAsync(RespondAsync);
        host.Model.Hangs("half ").Text("whole");
        long sequence = await host.PostAsync("a");
        await host.TextAsync("half");

        await host.CrashRunAsync();
        await host.RestartAsync();

        Assert.Equal("whole", (await host.WaitForTurnAsync(sequence)).Message!.Text);
    }

    private static ToolPart Answer(ToolPart call, string approval) => call with
    {
        State = ToolPartState.ApprovalResponded,
        Input = UIJson.ToElement(new { amount = 1_000_000 }),
        Approval = new ToolApproval(approval) { Approved = true },
    };

    private sealed record Plan(string Name);
}
