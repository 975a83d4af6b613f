using System.Text.Json.Nodes;
using AgentSessions.Core.Sessions;
using AgentSessions.Testing;

namespace AgentSessions.Agents.Tests;

/// <summary>Promise R12: a stop ends its turn whatever the agent does, wherever the turn stands when it lands.</summary>
public sealed class StopTests
{
    [Fact]
    public async Task AStopBeforeItsTurn_EndsAnAgentThatTakesNoNotice()
    {
        using var release = new ManualResetEventSlim();
        using var first = new ManualResetEventSlim();
        await using var host = await AgentTestHost.StartAsync(async (turn, ct) =>
        {
            switch (turn.Message!.Text)
            {
                case "first":
                    first.Wait(CancellationToken.None);
                    break;
                case "stuck":
                    release.Wait(CancellationToken.None);
                    break;
            }

            await turn.Output.WriteTextAsync("said", ct);
        });
        await host.PostAsync("first");
        await host.HookCalledAsync("Run");
        long stuck = await host.PostAsync("stuck");
        await host.ReceivedAsync(await StopAsync(host, stuck));

        first.Set();
        await host.HookCalledAsync("Run", 2);
        await host.TimerAsync(TimeSpan.FromSeconds(5));
        host.Time.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal("said", (await host.WaitForTurnAsync(stuck)).Text);
        Assert.Equal("said", (await host.SendAsync("next")).Text);
        release.Set();
    }

    [Fact]
    public async Task AStopOfOneTurn_ReachesItsLastHook_ButNotThatOfAnother()
    {
        using var release = new ManualResetEventSlim();
        await using var host = await Agents.StartEchoAsync(options => options.OnTurnComplete = (turn, _) =>
        {
            if (turn.NewUIMessages[0].Text == "stuck")
            {
                release.Wait(CancellationToken.None);
            }

            return Task.CompletedTask;
        });
        long stuck = await host.PostAsync("stuck");
        await host.HookCalledAsync("OnTurnComplete");
        long next = await host.PostAsync("next");
        await host.ReceivedAsync(await StopAsync(host, next + 100));
        Task limited = host.TimerAsync(TimeSpan.FromSeconds(5));
        Assert.False(limited.IsCompleted);

        await StopAsync(host, stuck);
        await limited;
        host.Time.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal("1: stuck3: next", (await host.WaitForTurnAsync(next)).Text);
        Assert.Equal(2, (await host.RunsAsync()).Count);
        release.Set();
    }

    private static Task<long> StopAsync(AgentTestHost host, long sequence) =>
        host.AppendAsync(new JsonObject { ["kind"] = "stop" }, new TurnTerms { Stops = sequence });
}
