using Microsoft.Extensions.Configuration;

namespace AgentSessions.Models.Settings;

/// <summary>A secret given as itself, in a file, or in an environment variable: at most one of the three.</summary>
/// <param name="Path">The key of the setting that would hold the value, such as <c>AgentSessions:Models:fast:ApiKey</c>.</param>
internal readonly record struct SecretSetting(string Path, string? Value, string? File, string? Environment)
{
    private string FileKey => IsOneOfThree ? $"{Path}File" : Path;

    private string EnvironmentKey => IsOneOfThree ? $"{Path}Environment" : Path;

    /// <summary>Whether the keys of file and variable stand beside that of the value; otherwise the path itself holds the one that is given.</summary>
    public bool IsOneOfThree { get; init; } = true;

    public bool IsSet => Has(Value) || Has(File) || Has(Environment);

    /// <summary>The value to use; null when it is in <see cref="File"/>, or nowhere.</summary>
    public string? Resolve(IConfiguration configuration) =>
        Has(Value) ? Value!.Trim() : Has(Environment) ? Variable(configuration, Environment!)?.Trim() : null;

    /// <summary>What is wrong with it. Never shows the secret.</summary>
    public IEnumerable<string> Problems(IConfiguration configuration)
    {
        if (new[] { Value, File, Environment }.Count(Has) > 1)
        {
            yield return $"{Path}, {FileKey} and {EnvironmentKey} exclude each other.";
            yield break;
        }

        string? secret;
        if (Has(File))
        {
            (secret, string? problem) = ReadFile(File!);
            if (problem is not null)
            {
                yield return $"{FileKey} {problem}.";
                yield break;
            }
        }
        else
        {
            secret = Resolve(configuration);
            if (Has(Environment) && !Has(secret))
            {
                yield return $"{EnvironmentKey} names a variable that is not set.";
                yield break;
            }
        }

        if (secret?.Any(c => c is <= ' ' or > '~') == true)
        {
            yield return $"{Path} holds a character that no header can carry: a space, a line break or one beyond ASCII.";
        }
    }

    // The record's own would print the secret.
    public override string ToString() => Path;

    public static bool Has(string? text) => !string.IsNullOrWhiteSpace(text);

    // A host reads the environment into its configuration; other callers may not have.
    public static string? Variable(IConfiguration configuration, string name) =>
        Has(configuration[name]) ? configuration[name] : System.Environment.GetEnvironmentVariable(name);

    private static (string? Secret, string? Problem) ReadFile(string path)
    {
        try
        {
            string text = System.IO.File.ReadAllText(path).Trim();
            return text.Length == 0 ? (null, "is empty") : (text, null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return (null, "cannot be read");
        }
    }
}
