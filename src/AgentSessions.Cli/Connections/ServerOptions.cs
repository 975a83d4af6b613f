using System.CommandLine;
using AgentSessions.Cli.Errors;
using AgentSessions.Cli.Terminals;

namespace AgentSessions.Cli.Connections;

/// <summary>The options that every command has: which server, with which key, and how to answer.</summary>
internal sealed class ServerOptions
{
    private const string UrlVariable = "AGENTSESSIONS_URL";
    private const string DefaultUrl = "http://127.0.0.1:3030";

    private readonly Terminal _terminal;
    private readonly SecretKeySource _keys;

    public ServerOptions(Terminal terminal, TimeProvider time)
    {
        _terminal = terminal;
        _keys = new SecretKeySource(terminal);
        Time = time;
    }

    public Option<string> Url { get; } = new("--url", "-u")
    {
        Description = $"The server's address. Default: {UrlVariable}, else {DefaultUrl}",
        HelpName = "address",
        Recursive = true,
    };

    public Option<string> KeyFile { get; } = new("--key-file", "-k")
    {
        Description = "The file that holds the secret key, - for standard input. "
            + $"Default: {SecretKeySource.Variable}, {SecretKeySource.FileVariable}, else {SecretKeySource.LocalFile} if the server is on this machine",
        HelpName = "path",
        Recursive = true,
    };

    public Option<bool> Json { get; } = new("--json") { Description = "Answer in JSON, one value a line", Recursive = true };

    public TimeProvider Time { get; }

    /// <summary>The server and the key to use on it.</summary>
    /// <exception cref="CliException">The address is none, or there is no key.</exception>
    public ServerAddress Of(ParseResult parsed)
    {
        Uri url = UrlOf(parsed);
        string key = _keys.Find(parsed.GetValue(KeyFile), url)
            ?? throw new CliException(
                ExitCode.Denied,
                $"No secret key. Set {SecretKeySource.Variable} or {SecretKeySource.FileVariable}, or give --key-file");
        return new ServerAddress(url, key);
    }

    /// <summary>The key alone, for what needs no server; null if there is none.</summary>
    public string? KeyOf(ParseResult parsed) => _keys.Find(parsed.GetValue(KeyFile), UrlOf(parsed));

    private Uri UrlOf(ParseResult parsed) => Parse(parsed.GetValue(Url) ?? _terminal.Variable(UrlVariable) ?? DefaultUrl);

    public static Uri Parse(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is ("http" or "https")
            ? url!
            : throw new CliException(ExitCode.Usage, $"'{text}' is no http or https address");
}
