using System.Reflection;

namespace AgentSessions.Postgres.Schema;

/// <summary>A set of numbered SQL scripts that belong together and are applied in order, each once.</summary>
/// <remarks>
/// Scripts are resources called <c>schema/MODULE/NNNN_text.sql</c>, numbered from 0001 without a hole. Programs from before a script go on after it, so it
/// only adds what they need not know: tables, and columns with a default. One that cannot is called <c>NNNN_text.breaking.sql</c>.
/// </remarks>
public sealed class SchemaModule
{
    /// <summary>The store's own tables.</summary>
    public static readonly SchemaModule Sessions = new("sessions", typeof(SchemaModule).Assembly);

    /// <summary>Reads the scripts.</summary>
    /// <param name="name">The module's name, as stored with its version.</param>
    /// <param name="assembly">Where its scripts are embedded.</param>
    public SchemaModule(string name, Assembly assembly)
    {
        Name = name;
        string prefix = $"schema/{name}/";
        Scripts = [.. assembly.GetManifestResourceNames()
            .Where(resource => resource.StartsWith(prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(resource => Read(assembly, resource, prefix))];
        for (int i = 0; i < Scripts.Count; i++)
        {
            if (Scripts[i].Version != i + 1)
            {
                throw new InvalidOperationException($"The schema scripts of '{name}' have a hole before {Scripts[i].Name}.");
            }
        }
    }

    /// <summary>The module's name.</summary>
    public string Name { get; }

    /// <summary>The newest version there is a script for.</summary>
    public int Version => Scripts.Count;

    internal IReadOnlyList<SchemaScript> Scripts { get; }

    private static SchemaScript Read(Assembly assembly, string resource, string prefix)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        string name = resource[prefix.Length..];
        return new SchemaScript(int.Parse(name.AsSpan(0, 4)), name, reader.ReadToEnd());
    }
}

/// <summary>One script.</summary>
internal sealed record SchemaScript(int Version, string Name, string Sql)
{
    /// <summary>Whether programs from before it cannot go on after it, so that they are to be ended first and cannot come back.</summary>
    public bool IsBreaking => Name.EndsWith(".breaking.sql", StringComparison.Ordinal);
}
