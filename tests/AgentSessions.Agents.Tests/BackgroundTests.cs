using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Agents.Tests;

public sealed class BackgroundTests
{
    [Fact]
    public async Task InjectConversationLane_VisibleNextTurnAndAfterARestart_AbsentFromTheUILane()
    {
        await using var host = await Agents.StartModelAsync(options => options.OnTurnComplete = (turn, _) =>
        {
            if (turn.NewUIMessages[0].Text == "a")
            {
                turn.Inject(new ChatMessage(ChatRole.User, "The weather is fine."));
            }

            return Task.CompletedTask;
        });
        host.Model.Text("one").Text("two").Text("three");
        await host.SendAsync("a");
        await host.SendAsync("b");

        await host.CrashRunAsync();
        await host.RestartAsync();
        await host.SendAsync("c");

        Assert.Equal(["a", "one", "b", "The weather is fine."], host.Model.Calls[1].Messages.Select(message => message.Text));
        Assert.Equal(["a", "one", "b", "The weather is fine.", "two", "c"], host.Model.Calls[2].Messages.Select(message => message.Text));
        Assert.Equal(["a", "one", "b", "two", "c", "three"], (await host.TranscriptAsync()).Select(message => message.Text));
    }

    [Fact]
    public async Task InjectUndelivered_IsDeliveredByTheNextRun()
    {
        await using var host = await Agents.StartModelAsync(options => options.OnTurnComplete = (turn, _) =>
        {
            if (turn.NewUIMessages[0].Text == "a")
            {
                turn.Inject(new ChatMessage(ChatRole.User, "Found later."));
                turn.EndRun();
            }

            return Task.CompletedTask;
        });
        host.Model.Text("one").Text("two").Text("three");
        await host.SendAsync("a");
        await host.RunsEndedAsync(1);

        await host.SendAsync("b");
        await host.SendAsync("c");

        Assert.Equal(["a", "one", "b", "Found later."], host.Model.Calls[1].Messages.Select(message => message.Text));
        Assert.Single(host.Model.Calls[2].Messages, message => message.Text == "Found later.");
    }

    [Fact]
    public async Task InjectInstructionLane_InTheInstructionsOfTheNextTurnOnly()
    {
        using var tool = new GatedTool();
        tool.Release();
        await using var host = await AgentTestHost.StartAsync(
            (turn, ct) => turn.RespondAsync(Agents.Model(turn), new ChatOptions { Instructions = "Be brief." }, ct),
            builder => builder.Options = options =>
            {
                options.Tools = (_, _) => new([tool.Function]);
                options.OnTurnComplete = (turn, _) =>
                {
                    if (turn.Turn == 0)
                    {
                        turn.Inject(new ChatMessage(ChatRole.System, "Say please."));
                    }

                    return Task.CompletedTask;
                };
            });
        host.Model.Text("one").ToolCall("work").Text("two").Text("three");
        await host.SendAsync("a");
        await host.SendAsync("b");
        await host.SendAsync("c");

        Assert.Equal(
            ["Be brief.", "Be brief.\n\nSay please.", "Be brief.\n\nSay please.", "Be brief."],
            host.Model.Calls.Select(call => call.Options!.Instructions));
        Assert.DoesNotContain(host.Model.Calls.SelectMany(call => call.Messages), message => message.Text == "Say please.");
    }

    [Fact]
    public async Task InjectDuringATurn_JoinsAtTheStepBoundary_WithAMarker()
    {
        await using var host = await Agents.StartModelAsync(
            options: null,
            AIFunctionFactory.Create(
                (AIFunctionArguments arguments) =>
                {
                    AgentTool.GetTurn(arguments).Inject(new ChatMessage(ChatRole.User, "By the way."));
                    return "ok";
                },
                "note"));
        host.Model.ToolCall("note").Text("done");

        TestTurn turn = await host.SendAsync("a");

        Assert.Equal("By the way.", host.Model.Calls[1].Messages[^1].Text);
        Assert.Contains(turn.Message!.Parts.OfType<DataPart>(), part => part.Name == "background-injected");
    }

    [Fact]
    public async Task Defer_IsAwaitedAtMost5SecondsBeforeTheTurnCompletes()
    {
        TaskCompletionSource never = new(TaskCreationOptions.RunContinuationsAsynchronously);
        bool isDone = false;
        bool wasDone = false;
        await using var host = await AgentTestHost.StartAsync(
            async (turn, ct) =>
            {
                turn.Defer(_ => turn.Message!.Text == "slow" ? never.Task : Task.Run(() => isDone = true, CancellationToken.None));
                await turn.Output.WriteTextAsync("ok", ct);
            },
            builder => builder.Options = options => options.OnBeforeTurnComplete = (_, _) =>
            {
                wasDone = isDone;
                return Task.CompletedTask;
            });

        await host.SendAsync("fast");
        Assert.True(wasDone);

        long slow = await host.PostAsync("slow");
        await host.TimerAsync(TimeSpan.FromSeconds(5));
        host.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("ok", (await host.WaitForTurnAsync(slow)).Text);
        never.SetResult();
    }

    [Fact]
    public async Task DeferredWork_ThatOutlivesItsTurn_HoldsUpNoOther()
    {
        TaskCompletionSource never = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await AgentTestHost.StartAsync(
            async (turn, ct) =>
            {
                if (turn.Message!.Text == "slow")
                {
                    turn.Defer(_ => never.Task);
                }

                await turn.Output.WriteTextAsync(turn.Message.Text, ct);
            },
            builder => builder.Options = options => options.OnTurnComplete = (turn, _) =>
            {
                turn.Defer(_ => never.Task);
                return Task.CompletedTask;
            });
        long slow = await host.PostAsync("slow");
        await host.TimerAsync(TimeSpan.FromSeconds(5));
        host.Time.Advance(TimeSpan.FromSeconds(5));
        await host.WaitForTurnAsync(slow);

        Assert.Equal("fast", (await host.SendAsync("fast")).Text);
        never.SetResult();
    }

    [Fact]
    public async Task DeferredWork_WhatItInjectsWhileTheRunIdles_IsDeliveredByTheNextRun()
    {
        TaskCompletionSource found = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource injected = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await Agents.StartModelAsync(options => options.OnTurnComplete = (turn, _) =>
        {
            turn.Defer(async ct =>
            {
                await found.Task.WaitAsync(ct);
                turn.Inject(new ChatMessage(ChatRole.User, "Found later."));
                injected.TrySetResult();
            });
            return Task.CompletedTask;
        });
        host.Model.Text("one").Text("two");
        await host.SendAsync("a");
        await host.IdleAsync();
        found.SetResult();
        await injected.Task.WaitAsync(AgentTestHost.Patience);
        await host.AdvanceAsync(TimeSpan.FromSeconds(30));
        await host.RunsEndedAsync(1);

        await host.SendAsync("b");

        Assert.Equal(["a", "one", "b", "Found later."], host.Model.Calls[1].Messages.Select(message => message.Text));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DeferredWork_IsAwaitedAndThenCancelled_BeforeTheRunsServicesAreGone(bool isDone)
    {
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource<(bool IsCancelled, bool IsDisposed)> left = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await AgentTestHost.StartAsync(Agents.EchoAsync, builder =>
        {
            builder.Services.AddScoped<Held>();
            builder.Options = options => options.OnTurnComplete = (turn, _) =>
            {
                Held held = turn.Services.GetRequiredService<Held>();
                turn.Defer(async ct =>
                {
                    await done.Task.WaitAsync(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    left.TrySetResult((ct.IsCancellationRequested, held.IsDisposed));
                });
                turn.EndRun();
                return Task.CompletedTask;
            };
        });
        await host.SendAsync("a");
        await host.TimerAsync(TimeSpan.FromSeconds(5));

        if (isDone)
        {
            done.SetResult();
        }
        else
        {
            host.Time.Advance(TimeSpan.FromSeconds(5));
        }

        await host.RunsEndedAsync(1);
        Assert.Equal((!isDone, false), await left.Task.WaitAsync(AgentTestHost.Patience));
    }

    [Fact]
    public async Task DeferredWorkThatFails_ChangesNothing()
    {
        await using var host = await AgentTestHost.StartAsync(async (turn, ct) =>
        {
            turn.Defer(_ => throw new InvalidOperationException());
            await turn.Output.WriteTextAsync("ok", ct);
        });

        TestTurn turn = await host.SendAsync("a");

        Assert.Equal(("ok", null), (turn.Text, turn.ErrorText));
    }

    [Fact]
    public async Task DeferBeforeOutput_NoChunkBeforeItSettles()
    {
        TaskCompletionSource work = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource wrote = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await AgentTestHost.StartAsync(async (turn, ct) =>
        {
            turn.DeferBeforeOutput(_ => work.Task);
            await turn.Output.WriteTextAsync("visible", ct);
            wrote.TrySetResult();
        });
        long sequence = await host.PostAsync("a");
        await wrote.Task.WaitAsync(AgentTestHost.Patience);
        Assert.Empty(host.AllRecords);

        work.SetResult();

        Assert.Equal("visible", (await host.WaitForTurnAsync(sequence)).Text);
    }

    [Fact]
    public async Task DeferBeforeOutput_LateWorkOfOneTurn_DoesNotOpenTheGateOfTheNext()
    {
        TaskCompletionSource first = new();
        TaskCompletionSource second = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource wrote = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await AgentTestHost.StartAsync(async (turn, ct) =>
        {
            turn.DeferBeforeOutput(_ => turn.Turn == 0 ? first.Task : second.Task);
            await turn.Output.WriteTextAsync("visible", ct);
            if (turn.Turn == 1)
            {
                wrote.TrySetResult();
            }
        });
        long late = await host.PostAsync("a");
        await host.TimerAsync(TimeSpan.FromSeconds(5));
        host.Time.Advance(TimeSpan.FromSeconds(5));
        await host.WaitForTurnAsync(late);
        long held = await host.PostAsync("b");
        await wrote.Task.WaitAsync(AgentTestHost.Patience);
        int records = host.AllRecords.Count;

        // On the pool, where what waits for it has run when it returns.
        await Task.Run(first.SetResult);

        Assert.Equal(records, host.AllRecords.Count);
        second.SetResult();
        Assert.Equal("visible", (await host.WaitForTurnAsync(held)).Text);
    }

    private sealed class Held : IDisposable
    {
        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }
}
