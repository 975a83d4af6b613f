using System.CommandLine;
using AgentSessions.Cli.Connections;
using AgentSessions.Cli.Loads;
using AgentSessions.Cli.Terminals;
using AgentSessions.Load;

namespace AgentSessions.Cli.Commands;

/// <summary><c>load</c>: many chats at once, every record checked.</summary>
internal static class LoadCommand
{
    public static Command Create(ServerOptions server, Terminal terminal, TimeProvider time)
    {
        var options = new LoadOptions();
        var runner = new LoadRunner(server, options, terminal, time);
        return new Command("load", "Loads a server with many chats and checks every record that comes back")
        {
            Turns(options, runner),
            FanOut(options, runner),
            Replay(options, runner),
            Idle(options, runner),
        };
    }

    private static Command Turns(LoadOptions options, LoadRunner runner)
    {
        Option<int> sessions = Count("--sessions", "Chats at once", 50);
        Option<int> chunks = Count("--chunks", "Deltas in each answer", 200);
        Option<int?> turns = new("--turns") { Description = "Turns each chat takes at most. Default: as many as fit" };
        Option<string> delay = Time("--delay", "Between two deltas; 0s for as fast as it can", "20ms");
        Option<string> ramp = Time("--ramp-up", "Over which the first turns are spread", "0s");
        return runner.Configure(
            new Command("turns", "Many chats that take turns back to back") { sessions, chunks, turns, delay, ramp },
            (generator, parsed, hooks, cancellationToken) => generator.TakeTurnsAsync(
                new TurnLoad
                {
                    Sessions = parsed.GetValue(sessions),
                    ChunksPerTurn = parsed.GetValue(chunks),
                    TurnsPerSession = parsed.GetValue(turns),
                    ChunkDelay = DurationText.Parse(parsed.GetRequiredValue(delay)),
                    RampUp = DurationText.Parse(parsed.GetRequiredValue(ramp)),
                    Warmup = options.WarmupOf(parsed),
                    Duration = options.DurationOf(parsed),
                },
                hooks,
                cancellationToken));
    }

    private static Command FanOut(LoadOptions options, LoadRunner runner)
    {
        Option<int> readers = Count("--readers", "Readers of the one chat", 1_000);
        Option<int> chunks = Count("--chunks", "Deltas in each answer", 100);
        Option<string> delay = Time("--delay", "Between two deltas; 0s for as fast as it can", "20ms");
        return runner.Configure(
            new Command("fan-out", "Many readers of one chat") { readers, chunks, delay },
            (generator, parsed, hooks, cancellationToken) => generator.FanOutAsync(
                new FanOutLoad
                {
                    Readers = parsed.GetValue(readers),
                    ChunksPerTurn = parsed.GetValue(chunks),
                    ChunkDelay = DurationText.Parse(parsed.GetRequiredValue(delay)),
                    Warmup = options.WarmupOf(parsed),
                    Duration = options.DurationOf(parsed),
                },
                hooks,
                cancellationToken));
    }

    private static Command Replay(LoadOptions options, LoadRunner runner)
    {
        Option<int> readers = Count("--readers", "Readers at once", 50);
        Option<int> chunks = Count("--chunks", "Deltas in the finished answer", 2_000);
        return runner.Configure(
            new Command("replay", "Many readers that resume one finished answer from its beginning") { readers, chunks },
            (generator, parsed, hooks, cancellationToken) => generator.ReplayAsync(
                new ReplayLoad
                {
                    Readers = parsed.GetValue(readers),
                    ChunksPerTurn = parsed.GetValue(chunks),
                    Warmup = options.WarmupOf(parsed),
                    Duration = options.DurationOf(parsed),
                },
                hooks,
                cancellationToken));
    }

    private static Command Idle(LoadOptions options, LoadRunner runner)
    {
        Option<int> sessions = Count("--sessions", "Chats to create, each with a run that waits", 100);
        Option<int> readers = new("--readers") { Description = "Readers to open on them", DefaultValueFactory = static _ => 0 };
        return runner.Configure(
            new Command("idle", "Chats and readers that do nothing, held open") { sessions, readers },
            (generator, parsed, hooks, cancellationToken) => generator.IdleAsync(
                new IdleLoad
                {
                    Sessions = parsed.GetValue(sessions),
                    Readers = Math.Max(0, parsed.GetValue(readers)),
                    Warmup = options.WarmupOf(parsed),
                    Duration = options.DurationOf(parsed),
                },
                hooks,
                cancellationToken));
    }

    private static Option<int> Count(string name, string description, int standard)
    {
        Option<int> option = new(name) { Description = description, DefaultValueFactory = _ => standard };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[^1].Value, out int count) && count < 1)
            {
                result.AddError($"{name} must be at least 1");
            }
        });
        return option;
    }

    private static Option<string> Time(string name, string description, string standard) =>
        new(name) { Description = description, HelpName = "duration", DefaultValueFactory = _ => standard };
}
