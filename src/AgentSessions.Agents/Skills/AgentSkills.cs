using System.Text;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents;

/// <summary>Skills of an agent: folders with instructions and files that the model reads when it needs them.</summary>
/// <remarks>
/// <para>A skill is a folder with a <c>SKILL.md</c> that begins with a front matter of <c>name</c> and <c>description</c> between two lines of
/// <c>---</c>. The prompt holds only names and descriptions, always in the same order, so a provider's prompt cache keeps working; the
/// rest is read by the tools <c>load_skill</c> and <c>read_skill_file</c>.</para>
/// <para>Nothing outside of a skill's folder can be read: not by <c>..</c>, not by an absolute path, not through a link.</para>
/// </remarks>
public sealed class AgentSkills
{
    private readonly SortedDictionary<string, Skill> _skills = new(StringComparer.Ordinal);
    private string? _prompt;
    private IReadOnlyList<AITool>? _tools;

    /// <summary>The largest file that is read, in bytes. Default 256 KiB.</summary>
    public int MaxFileBytes { get; set; } = 256 * 1024;

    /// <summary>Adds every skill of a folder: each of its own folders that has a <c>SKILL.md</c>.</summary>
    /// <param name="path">The folder, such as <c>skills</c> beside the application.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidOperationException">A skill has no name or description, or two have one name.</exception>
    public AgentSkills AddFolder(string path)
    {
        if (!Directory.Exists(path))
        {
            throw new DirectoryNotFoundException($"There is no folder of skills at '{path}'.");
        }

        foreach (string folder in Directory.EnumerateDirectories(path).Where(static folder => File.Exists(Path.Combine(folder, Skill.FileName))))
        {
            Skill skill = Skill.Read(folder);
            if (!_skills.TryAdd(skill.Name, skill))
            {
                throw new InvalidOperationException($"Two skills are named '{skill.Name}'.");
            }
        }

        _prompt = null;
        return this;
    }

    /// <summary>The skills, by name.</summary>
    public IReadOnlyList<Skill> All => [.. _skills.Values];

    /// <summary>What the instructions say of them; null if there are none.</summary>
    internal string? Prompt => _skills.Count == 0 ? null : _prompt ??= Describe();

    /// <summary>The tools that read them; none if there are none.</summary>
    internal IReadOnlyList<AITool> Tools => _skills.Count == 0 ? [] : _tools ??=
    [
        AgentTool.ReadOnly(AIFunctionFactory.Create(
            (string name) => Find(name).Body(MaxFileBytes), "load_skill", "Loads the instructions of a skill by its name.")),
        AgentTool.ReadOnly(AIFunctionFactory.Create(
            (string name, string path) => Find(name).File(path, MaxFileBytes), "read_skill_file", "Reads a file of a skill by its path in the skill's folder.")),
    ];

    private Skill Find(string name) => _skills.GetValueOrDefault(name) ?? throw new AgentUserException($"There is no skill named '{name}'.");

    private string Describe()
    {
        var text = new StringBuilder("You have skills. Load one with load_skill before you do what it is for.");
        foreach (Skill skill in _skills.Values)
        {
            text.Append("\n- ").Append(skill.Name).Append(": ").Append(skill.Description);
        }

        return text.ToString();
    }
}
