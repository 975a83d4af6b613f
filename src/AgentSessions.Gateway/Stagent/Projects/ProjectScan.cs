using System.Text;

namespace AgentSessions.Gateway.Stagent.Projects;

/// <summary>What is at the top of a working directory.</summary>
/// <param name="Files">Names of its files and, with a slash behind them, folders.</param>
/// <param name="VersionControl">Such as <c>git, branch main</c>; null for none.</param>
/// <param name="Languages">Languages that the file names speak of.</param>
/// <param name="At">When it was looked at.</param>
internal sealed record ProjectScan(IReadOnlyList<string> Files, string? VersionControl, IReadOnlyList<string> Languages, DateTimeOffset At)
{
    private const int MaxFiles = 50;
    private const int MaxHeadBytes = 1024;

    private static readonly Dictionary<string, string> _languages = new(StringComparer.OrdinalIgnoreCase)
    {
        [".cs"] = "C#",
        [".csproj"] = "C#",
        [".sln"] = "C#",
        [".ts"] = "TypeScript",
        [".tsx"] = "TypeScript",
        [".js"] = "JavaScript",
        [".mjs"] = "JavaScript",
        [".py"] = "Python",
        [".go"] = "Go",
        [".rs"] = "Rust",
        [".java"] = "Java",
        [".kt"] = "Kotlin",
        [".rb"] = "Ruby",
        [".php"] = "PHP",
        [".swift"] = "Swift",
        [".c"] = "C",
        [".h"] = "C",
        [".cpp"] = "C++",
        [".sql"] = "SQL",
        [".html"] = "HTML",
        [".sh"] = "Shell",
    };

    private static readonly Dictionary<string, string> _markers = new(StringComparer.OrdinalIgnoreCase)
    {
        ["package.json"] = "JavaScript",
        ["tsconfig.json"] = "TypeScript",
        ["pyproject.toml"] = "Python",
        ["requirements.txt"] = "Python",
        ["go.mod"] = "Go",
        ["Cargo.toml"] = "Rust",
        ["pom.xml"] = "Java",
        ["Gemfile"] = "Ruby",
        ["composer.json"] = "PHP",
    };

    /// <summary>Looks at a directory.</summary>
    public static ProjectScan Of(string directory, DateTimeOffset now)
    {
        FileSystemInfo[] entries = [.. new DirectoryInfo(directory).EnumerateFileSystemInfos().Take(10 * MaxFiles).OrderBy(static entry => entry.Name, StringComparer.Ordinal)];
        string[] languages = [.. entries.Select(static entry => _markers.GetValueOrDefault(entry.Name) ?? _languages.GetValueOrDefault(entry.Extension))
            .OfType<string>().Distinct().Order(StringComparer.Ordinal)];
        string[] names = [.. entries.Take(MaxFiles).Select(static entry => entry is DirectoryInfo ? entry.Name + "/" : entry.Name)];
        return new ProjectScan(names, VersionControlOf(directory), languages, now);
    }

    /// <summary>Adds the scan to what an agent is told.</summary>
    public void Describe(StringBuilder text)
    {
        text.AppendLine($"Version control: {VersionControl ?? "none"}");
        text.AppendLine($"Languages: {(Languages.Count == 0 ? "unknown" : string.Join(", ", Languages))}");
        text.AppendLine($"Top-level files: {string.Join(", ", Files)}");
    }

    private static string? VersionControlOf(string directory)
    {
        string head = Path.Combine(directory, ".git", "HEAD");
        if (!File.Exists(head))
        {
            return Path.Exists(Path.Combine(directory, ".git")) ? "git" : Path.Exists(Path.Combine(directory, ".hg")) ? "mercurial" : null;
        }

        using FileStream file = File.OpenRead(head);
        byte[] start = new byte[MaxHeadBytes];
        string reference = Encoding.UTF8.GetString(start, 0, file.ReadAtLeast(start, MaxHeadBytes, throwOnEndOfStream: false)).Trim();
        const string Branch = "ref: refs/heads/";
        return reference.StartsWith(Branch, StringComparison.Ordinal) ? $"git, branch {reference[Branch.Length..]}" : "git, detached head";
    }
}
