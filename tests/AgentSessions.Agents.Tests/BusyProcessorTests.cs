using AgentSessions.Core.Runs.Writing;
using AgentSessions.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Agents.Tests;

/// <summary>What an author's test sees does not depend on how busy the machine is.</summary>
public sealed class BusyProcessorTests
{
    [Fact]
    public async Task Text_IsSeen_ThoughTheProcessorIsBusyAndTheClockStandsStill()
    {
        using GatherDelay busy = Busy();
        var seen = new TaskCompletionSource();
        await using var host = await AgentTestHost.StartAsync(
            async (turn, cancellationToken) =>
            {
                await turn.Output.WriteTextAsync("first ", cancellationToken);
                await turn.Output.WriteTextAsync("second", cancellationToken);
                await seen.Task.WaitAsync(cancellationToken);
            },
            builder => builder.Services.AddSingleton(busy));

        long sequence = await host.PostAsync("go");
        await host.TextAsync("second");
        seen.SetResult();
        await host.WaitForTurnAsync(sequence);
    }

    private static GatherDelay Busy()
    {
        var time = new ManualTime();
        DateTimeOffset began = time.GetUtcNow();
        var busy = new GatherDelay(TimeSpan.FromMilliseconds(100), time, () => time.GetUtcNow() - began);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(busy.Current > TimeSpan.Zero);
        return busy;
    }
}
