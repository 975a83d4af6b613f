namespace AgentSessions.TestPostgres;

/// <summary>The installed PostgreSQL server, and whether tests can run it.</summary>
public static class PostgresBinaries
{
    private static readonly Lazy<string?> _folder = new(Find);

    /// <summary>Where <c>initdb</c> and <c>pg_ctl</c> are.</summary>
    public static string Folder => _folder.Value ?? throw new InvalidOperationException(WhyNot);

    /// <summary>Why no server can be started here, as one line; null if one can.</summary>
    public static string? WhyNot =>
        _folder.Value is null ? "No PostgreSQL server is installed (initdb and pg_ctl were not found)."
        : IsRoot && !File.Exists(RunAs) ? $"PostgreSQL does not run as root, and {RunAs} is not there to run it as another user."
        : null;

    internal const string RunAs = "/usr/sbin/runuser";

    /// <summary>PostgreSQL refuses to run as root; its commands are then run as the user postgres.</summary>
    internal static bool IsRoot => Environment.UserName == "root";

    private static string? Find() => Candidates()
        .Where(folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "pg_ctl")))
        .FirstOrDefault();

    private static IEnumerable<string> Candidates()
    {
        // Debian keeps each version's server programs in a folder of their own, outside the path. The newest comes first.
        const string debian = "/usr/lib/postgresql";
        IEnumerable<string> versions = Directory.Exists(debian)
            ? Directory.GetDirectories(debian)
                .OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), out int version) ? version : 0)
                .Select(folder => Path.Combine(folder, "bin"))
            : [];
        return versions.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries));
    }
}
