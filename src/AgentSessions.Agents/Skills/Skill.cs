namespace AgentSessions.Agents;

/// <summary>One skill: a folder with a <c>SKILL.md</c>.</summary>
public sealed class Skill
{
    internal const string FileName = "SKILL.md";
    private const string Fence = "---";

    private Skill(string name, string description, string folder)
    {
        Name = name;
        Description = description;
        Folder = folder;
    }

    /// <summary>The name the model loads it by.</summary>
    public string Name { get; }

    /// <summary>What it is for, one line.</summary>
    public string Description { get; }

    /// <summary>Its folder.</summary>
    public string Folder { get; }

    /// <exception cref="InvalidOperationException">The front matter lacks a name or a description.</exception>
    internal static Skill Read(string folder)
    {
        string file = Path.Combine(folder, FileName);
        using StreamReader reader = System.IO.File.OpenText(file);
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        if (reader.ReadLine()?.Trim() == Fence)
        {
            while (reader.ReadLine() is { } line && line.Trim() != Fence)
            {
                int colon = line.IndexOf(':');
                if (colon > 0)
                {
                    fields[line[..colon].Trim()] = line[(colon + 1)..].Trim().Trim('"', '\'');
                }
            }
        }

        return fields.TryGetValue("name", out string? name) && name.Length > 0 && fields.TryGetValue("description", out string? description) && description.Length > 0
            ? new Skill(name, description, Path.GetFullPath(folder))
            : throw new InvalidOperationException($"'{file}' must begin with a front matter that has a name and a description.");
    }

    /// <summary>The instructions: the file without its front matter.</summary>
    internal string Body(int maxBytes)
    {
        string text = File(FileName, maxBytes);
        int end = text.StartsWith(Fence, StringComparison.Ordinal) ? text.IndexOf($"\n{Fence}", Fence.Length, StringComparison.Ordinal) : -1;
        return end < 0 ? text : text[(end + Fence.Length + 1)..].TrimStart();
    }

    /// <summary>A file of the skill.</summary>
    /// <exception cref="AgentUserException">It is outside of the skill, not there, or too large; the message is for the model.</exception>
    internal string File(string path, int maxBytes)
    {
        string full = Path.GetFullPath(Path.Combine(Folder, path));
        if (Path.IsPathRooted(path) || !full.StartsWith(Folder + Path.DirectorySeparatorChar, StringComparison.Ordinal) || LeadsOut(full))
        {
            throw new AgentUserException($"skill-path-escape: '{path}' is outside of the skill.");
        }

        var file = new FileInfo(full);
        if (!file.Exists)
        {
            throw new AgentUserException($"The skill has no file '{path}'.");
        }

        return file.Length <= maxBytes
            ? System.IO.File.ReadAllText(full)
            : throw new AgentUserException($"The file '{path}' has {file.Length} bytes; at most {maxBytes} are read.");
    }

    /// <summary>Whether a link is on the way: what it points to may change after any check, so none is followed.</summary>
    private bool LeadsOut(string full)
    {
        for (string at = full; at.Length > Folder.Length; at = Path.GetDirectoryName(at)!)
        {
            if (new FileInfo(at).LinkTarget is not null || new DirectoryInfo(at).LinkTarget is not null)
            {
                return true;
            }
        }

        return false;
    }
}
