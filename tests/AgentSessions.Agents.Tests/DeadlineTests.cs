using AgentSessions.Core.Runs;
using AgentSessions.Testing;
using AgentSessions.TestServer;

namespace AgentSessions.Agents.Tests;

/// <summary>Promise R27: timers fire once, and restarts around their deadlines make them neither miss nor fire twice.</summary>
/// <remarks>Each seed takes a run past two deadlines, warm and parked, with a restart near one of them. DEADLINE_SEEDS sets how many seeds; the long form is 1,000.</remarks>
public sealed class DeadlineTests
{
    private static readonly TimeSpan _idle = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _parked = TimeSpan.FromHours(1);

    [Fact]
    public async Task Restarts_AroundDeadlines_LoseAndRepeatNoEnd()
    {
        int seeds = TestSetting.Number("DEADLINE_SEEDS", 30);
        for (int seed = 0; seed < seeds; seed++)
        {
            await LiveAsync(new Random(seed), $"seed {seed}");
        }
    }

    private static async Task LiveAsync(Random random, string seed)
    {
        // By run, for a run of a dead process may still be at it in this one; nothing of it is stored.
        var suspended = new System.Collections.Concurrent.ConcurrentDictionary<string, int>();
        await using AgentTestHost host = await Agents.StartEchoAsync(options =>
        {
            options.TurnTimeout = _parked;
            options.OnSuspend = (wait, _) =>
            {
                suspended.AddOrUpdate(wait.RunId, 1, static (_, count) => count + 1);
                return Task.CompletedTask;
            };
        });
        await host.SendAsync("a");
        bool parks = random.Next(2) == 0;
        if (parks)
        {
            await host.AdvanceAsync(_idle);
            await host.HookCalledAsync("OnSuspend");
        }

        // Just before the deadline, at it, and past it, the process dies, with or without the clock going on while it is dead.
        TimeSpan limit = parks ? _parked : _idle;
        TimeSpan before = random.Next(3) switch
        {
            0 => limit - TimeSpan.FromTicks(1),
            1 => limit,
            _ => TimeSpan.FromSeconds(random.Next(1, 29)),
        };
        await host.AdvanceAsync(before);
        bool isOver = before == limit;
        if (isOver && parks)
        {
            await host.RunsEndedAsync(1);
        }
        else if (isOver)
        {
            await host.HookCalledAsync("OnSuspend");
        }

        await host.CrashRunAsync();
        host.Time.Advance(TimeSpan.FromSeconds(random.Next(0, 7200)));
        await host.RestartAsync();

        // What waited for nothing is over, once, and its timers with it.
        host.Time.Advance(TimeSpan.FromHours(2));
        RunRow first = Assert.Single(await host.RunsAsync());
        Assert.True(first is { IsFinal: true, End: not null }, $"{seed}: {first}");
        Assert.True(first.End == (isOver && parks ? RunEnd.IdleTimeout : RunEnd.HostLost), $"{seed}: {first.End}");

        // The next message gets a run of its own, with timers of its own, which fire once.
        Assert.Equal("3: b", (await host.SendAsync("b")).Text);
        string second = (await host.RunsAsync())[^1].Id;
        await host.AdvanceAsync(_idle);
        await host.UntilAsync(() => suspended.ContainsKey(second));
        await host.AdvanceAsync(_parked);
        await host.UntilAsync(() => host.RunsAsync().GetAwaiter().GetResult() is [_, { End: RunEnd.IdleTimeout }]);
        Assert.Equal([first.End, RunEnd.IdleTimeout], (await host.RunsAsync()).Select(static run => run.End));
        Assert.True(suspended.Values.All(static count => count == 1), $"{seed}: suspended {string.Join(", ", suspended)}");
    }
}
