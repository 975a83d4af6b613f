using System.Text.Json.Nodes;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Testing;

namespace AgentSessions.Agents.Tests;

/// <summary>Stops of a message that waits for the hooks of a run's beginning.</summary>
public sealed class BootStopTests
{
    [Theory]
    [InlineData("OnBoot", "cooperates", false)]
    [InlineData("OnBoot", "ignores", false)]
    [InlineData("OnBoot", "ignores", true)]
    [InlineData("OnBoot", "blocks", true)]
    [InlineData("OnPreload", "cooperates", true)]
    [InlineData("OnPreload", "ignores", false)]
    public async Task StuckAtTheBeginning_AStopEndsTheMessage_AndTheNextOneBootsAnew(string hook, string how, bool isForThatMessage)
    {
        using var release = new ManualResetEventSlim();
        int boots = 0;
        async Task HangAsync(string called, CancellationToken cancellationToken)
        {
            if (called != hook || boots > 1)
            {
                return;
            }

            switch (how)
            {
                case "cooperates":
                    await Task.Delay(Timeout.Infinite, cancellationToken);
                    break;
                case "ignores":
                    await Task.Delay(Timeout.Infinite, CancellationToken.None);
                    break;
                default:
                    release.Wait(CancellationToken.None);
                    break;
            }
        }

        await using var host = await Agents.StartEchoAsync(options =>
        {
            options.OnBoot = (_, token) =>
            {
                boots++;
                return HangAsync("OnBoot", token);
            };
            options.OnPreload = (_, token) => HangAsync("OnPreload", token);
        });
        Task preloaded = hook == "OnPreload" ? host.PreloadAsync() : Task.CompletedTask;
        await (hook == "OnPreload" ? host.HookCalledAsync(hook) : Task.CompletedTask);
        long stuck = await host.PostAsync("stuck");
        await host.HookCalledAsync(hook);

        await host.AppendAsync(new JsonObject { ["kind"] = "stop" }, isForThatMessage ? new MessageTerms { Stops = stuck } : null);
        if (how != "cooperates")
        {
            await host.TimerAsync(TimeSpan.FromSeconds(5));
            host.Time.Advance(TimeSpan.FromSeconds(5));
        }

        TestTurn stopped = await host.WaitForTurnAsync(stuck);
        TestTurn next = await host.SendAsync("next");
        release.Set();

        Assert.Equal(("", null), (stopped.Text, stopped.ErrorText));
        Assert.Equal("2: next", next.Text);
        Assert.Equal(["stuck", "next", "2: next"], (await host.TranscriptAsync()).Select(static message => message.Text));
        Assert.Equal([RunEnd.EndRun, null], (await host.RunsAsync()).Select(static run => run.End));
        Assert.Equal(2, boots);
    }

    [Theory]
    [InlineData("OnBoot", true)]
    [InlineData("OnBoot", false)]
    [InlineData("OnPreload", false)]
    public async Task StuckAtTheBeginning_ACloseEndsTheRun_AndTellsWhoWaits(string hook, bool cooperates)
    {
        Task HangAsync(string called, CancellationToken cancellationToken) =>
            called == hook ? Task.Delay(Timeout.Infinite, cooperates ? cancellationToken : CancellationToken.None) : Task.CompletedTask;
        await using var host = await Agents.StartEchoAsync(options =>
        {
            options.OnBoot = (_, token) => HangAsync("OnBoot", token);
            options.OnPreload = (_, token) => HangAsync("OnPreload", token);
        });
        Task preloaded = hook == "OnPreload" ? host.PreloadAsync() : Task.CompletedTask;
        await (hook == "OnPreload" ? host.HookCalledAsync(hook) : Task.CompletedTask);
        long stuck = await host.PostAsync("stuck");
        await host.HookCalledAsync(hook);

        await host.CloseSessionAsync("enough");
        if (!cooperates)
        {
            await host.TimerAsync(TimeSpan.FromSeconds(5));
            host.Time.Advance(TimeSpan.FromSeconds(5));
        }

        await host.RunsEndedAsync(1);
        TestTurn ended = await host.WaitForBoundaryAsync(stuck);

        Assert.NotNull(ended.ErrorText);
        Assert.Equal([RunEnd.Closed], (await host.RunsAsync()).Select(static run => run.End));
        Assert.Equal(["stuck"], (await host.TranscriptAsync()).Select(static message => message.Text));
    }

    [Fact]
    public async Task StuckOnRecovery_AStoppedMessageKeepsWhatItGot()
    {
        await using var host = await Agents.StartModelAsync(options => options.OnRecovery = async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return null;
        });
        host.Model.Hangs("half ").Text("next");
        long sequence = await host.PostAsync("a");
        await host.TextAsync("half");
        await host.CrashRunAsync();
        await host.RestartAsync();
        await host.HookCalledAsync("OnRecovery");

        await host.StopGenerationAsync();
        await host.WaitForTurnAsync(sequence);

        Assert.Equal("next", (await host.SendAsync("b")).Text);
        Assert.Equal(["a", "half ", "b", "next"], (await host.TranscriptAsync()).Select(static message => message.Text));
        Assert.Equal(["a", "half ", "b"], host.Model.Calls[^1].Messages.Select(static message => message.Text));
    }

    [Fact]
    public async Task StopOfALaterMessage_LeavesTheHooksOfTheBeginningAlone()
    {
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        CancellationToken given = default;
        await using var host = await Agents.StartEchoAsync(options => options.OnBoot = (_, token) =>
        {
            given = token;
            return release.Task;
        });
        long first = await host.PostAsync("first");
        await host.HookCalledAsync("OnBoot");
        long second = await host.PostAsync("second");
        await host.ReceivedAsync(second);

        long stop = await host.AppendAsync(new JsonObject { ["kind"] = "stop" }, new MessageTerms { Stops = second });
        await host.ReceivedAsync(stop);
        Assert.False(given.IsCancellationRequested);
        release.SetResult();

        Assert.Equal("1: first", (await host.WaitForTurnAsync(first)).Text);
        await host.WaitForTurnAsync(second);
        Assert.Single(await host.RunsAsync());
    }

    [Fact]
    public async Task MessageBesideABootingRecovery_IsATurnOfItsOwn()
    {
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await Agents.StartModelAsync(options => options.OnBoot = (boot, _) => boot.IsContinuation ? release.Task : Task.CompletedTask);
        host.Model.Hangs("half ").Text("whole").Text("second");
        await host.PostAsync("a");
        await host.TextAsync("half");
        await host.CrashRunAsync();
        await host.RestartAsync();
        await host.HookCalledAsync("OnBoot", 2);

        long second = await host.PostAsync("b");
        await host.ReceivedAsync(second);
        release.SetResult();
        await host.WaitForTurnAsync(second);

        Assert.Equal(["a", "whole", "b", "second"], (await host.TranscriptAsync()).Select(static message => message.Text));
    }
}
