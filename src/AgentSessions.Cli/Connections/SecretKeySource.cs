using AgentSessions.Cli.Errors;
using AgentSessions.Cli.Terminals;

namespace AgentSessions.Cli.Connections;

/// <summary>Finds the secret key. It never comes as an argument: those are seen by everybody on the machine.</summary>
internal sealed class SecretKeySource(Terminal terminal)
{
    public const string Variable = "AGENTSESSIONS_SECRET_KEY";
    public const string FileVariable = "AGENTSESSIONS_SECRET_KEY_FILE";

    /// <summary>Where a server started from the same folder keeps the key it made.</summary>
    public static readonly string LocalFile = Path.Combine("data", "secret-key");

    /// <summary>The key: of the option, else of the environment, else of a server on this machine.</summary>
    /// <param name="file">The option's value, <c>-</c> for standard input; null if it was not given.</param>
    /// <param name="url">The server.</param>
    /// <returns>Null if there is none.</returns>
    public string? Find(string? file, Uri url)
    {
        if (file is not null)
        {
            return file == "-" ? Check(terminal.In.ReadLine(), "standard input") : Read(file);
        }

        if (terminal.Variable(Variable) is { Length: > 0 } key)
        {
            return Check(key, Variable);
        }

        if (terminal.Variable(FileVariable) is { Length: > 0 } named)
        {
            return Read(named);
        }

        return url.IsLoopback && File.Exists(LocalFile) ? Read(LocalFile) : null;
    }

    private static string Read(string path)
    {
        try
        {
            return Check(File.ReadAllText(path), path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Usage, $"The secret key cannot be read: {exception.Message}");
        }
    }

    private static string Check(string? text, string source)
    {
        string key = text?.Trim() ?? "";
        return key.Length > 0 && !key.Any(char.IsControl)
            ? key
            : throw new CliException(ExitCode.Usage, $"There is no secret key in {source}");
    }
}
