using System.CommandLine;
using AgentSessions.Cli.Connections;
using AgentSessions.Cli.Terminals;
using AgentSessions.Load;

namespace AgentSessions.Cli.Loads;

/// <summary>What every kind of load takes.</summary>
internal sealed class LoadOptions
{
    private readonly Option<string> _duration = Time("--duration", "How long to measure", "10s");
    private readonly Option<string> _warmup = Time("--warm-up", "How long to load it before", "0s");
    private readonly Option<string> _agent = new("--agent")
    {
        Description = "The agent that understands 'go COUNT DELAY_MS' and answers with numbered deltas",
        DefaultValueFactory = static _ => "load",
    };

    private readonly Option<string[]> _nodes = new("--node")
    {
        Description = "A further address of the same cluster, so that every turn crosses nodes; may be repeated",
        HelpName = "address",
    };

    public void AddTo(Command command)
    {
        command.Add(_duration);
        command.Add(_warmup);
        command.Add(_agent);
        command.Add(_nodes);
    }

    public TimeSpan DurationOf(ParseResult parsed) => DurationText.Parse(parsed.GetRequiredValue(_duration));

    public TimeSpan WarmupOf(ParseResult parsed) => DurationText.Parse(parsed.GetRequiredValue(_warmup));

    public LoadTarget TargetOf(ParseResult parsed, ServerAddress server) => new()
    {
        Addresses = [server.Url, .. (parsed.GetValue(_nodes) ?? []).Select(ServerOptions.Parse)],
        SecretKey = server.SecretKey,
        Agent = parsed.GetRequiredValue(_agent),
    };

    private static Option<string> Time(string name, string description, string standard) =>
        new(name) { Description = description, HelpName = "duration", DefaultValueFactory = _ => standard };
}
