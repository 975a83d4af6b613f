using AgentSessions.Simulation.Tests.Clients;
using AgentSessions.Simulation.Tests.Oracle;
using AgentSessions.Simulation.Tests.World;

namespace AgentSessions.Simulation.Tests;

/// <summary>One world, from its seed to the judgement.</summary>
internal static class Simulation
{
    /// <summary>How long things go wrong.</summary>
    private static readonly TimeSpan _wild = TimeSpan.FromSeconds(60);

    /// <summary>By then everything must be answered, by itself.</summary>
    private static readonly TimeSpan _recovered = TimeSpan.FromMinutes(10);

    /// <summary>Runs a world once more, to be read.</summary>
    public static string Tell(int seed)
    {
        using var world = new SimWorld(seed, isTold: true);
        Run(world);
        return string.Join('\n', world.History.Story!);
    }

    /// <returns>What is wrong, and a fingerprint of all that happened.</returns>
    public static (IReadOnlyList<string> Violations, string Trace) Run(int seed)
    {
        using var world = new SimWorld(seed, isTold: false);
        return Run(world);
    }

    private static (IReadOnlyList<string> Violations, string Trace) Run(SimWorld world)
    {
        SynchronizationContext? outside = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            return Watch(world);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outside);
        }
    }

    private static (IReadOnlyList<string> Violations, string Trace) Watch(SimWorld world)
    {
        var readers = new[] { new SimReader(world), new SimReader(world) };
        Task? writers = null;
        Task[] following = [];
        world.Scheduler.Start(() =>
        {
            world.Start();
            writers = Task.WhenAll(new SimWriter(world, 1).RunAsync(), new SimWriter(world, 2).RunAsync());
            following = [.. readers.Select(reader => reader.RunAsync())];
            return Task.CompletedTask;
        });
        bool IsDone() => writers is { IsCompleted: true } && Checks.IsAnswered(world.History) && readers.All(static reader => reader.IsDone);

        while (!IsDone() && world.Time.Elapsed < _recovered && world.Scheduler.Escaped is null)
        {
            world.Faults.IsOver |= world.Time.Elapsed > _wild;
            if (world.Scheduler.HasWork)
            {
                world.Scheduler.RunOne();
            }
            else
            {
                world.Time.MoveOn();
            }
        }

        List<string> wrong = [.. Checks.Judge(world.History, world.Transcript)];
        if (world.Scheduler.Escaped is { } escaped)
        {
            wrong.Add($"Work left the simulation: {escaped}");
        }

        wrong.AddRange(following.Append(writers).OfType<Task>().Where(static task => task.IsFaulted).Select(static task => task.Exception!.ToString()));
        if (wrong.Count == 0 && !IsDone())
        {
            wrong.Add("A client was still waiting at the end.");
        }

        return (wrong, $"{world.Scheduler.Steps} steps, {world.Time.Elapsed}, in {world.History.In.Count}, out {world.History.Out.Count}, runs {world.History.RunNumbers.Count}");
    }
}
