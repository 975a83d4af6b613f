using AgentSessions.TestServer;
using YamlDotNet.RepresentationModel;

namespace AgentSessions.Deploy.Tests;

/// <summary>The Kubernetes manifests as they are in the repository.</summary>
internal static class Manifests
{
    public static string Base { get; } = Path.Combine(Repository.Root, "k8s", "base");

    public static string Production { get; } = Path.Combine(Repository.Root, "k8s", "overlays", "production");

    /// <summary>Every document of a file.</summary>
    public static IReadOnlyList<YamlMappingNode> Load(string path)
    {
        using StreamReader reader = File.OpenText(path);
        var stream = new YamlStream();
        stream.Load(reader);
        return [.. stream.Documents.Select(static document => (YamlMappingNode)document.RootNode)];
    }

    /// <summary>What a folder's kustomization names as resources, and what those folders name.</summary>
    public static IReadOnlyList<YamlMappingNode> Resources(string folder) =>
        [.. Load(Path.Combine(folder, "kustomization.yaml")).Single().Texts("resources").SelectMany(resource =>
            Directory.Exists(Path.Combine(folder, resource)) ? Resources(Path.Combine(folder, resource)) : Load(Path.Combine(folder, resource)))];

    /// <summary>A node under a path of keys, or null.</summary>
    public static YamlNode? At(this YamlNode node, params string[] path) =>
        path.Aggregate((YamlNode?)node, static (parent, key) =>
            parent is YamlMappingNode map && map.Children.TryGetValue(key, out YamlNode? child) ? child : null);

    /// <summary>The text under a path.</summary>
    public static string Text(this YamlNode node, params string[] path) =>
        (node.At(path) as YamlScalarNode)?.Value ?? throw new KeyNotFoundException($"There is no {string.Join('.', path)}.");

    /// <summary>The items under a path, none if there is nothing.</summary>
    public static IEnumerable<YamlNode> Items(this YamlNode node, params string[] path) => node.At(path) as YamlSequenceNode ?? Enumerable.Empty<YamlNode>();

    /// <summary>The texts under a path.</summary>
    public static IEnumerable<string> Texts(this YamlNode node, params string[] path) =>
        node.Items(path).Select(static item => ((YamlScalarNode)item).Value!);

    /// <summary>The texts of a mapping under a path.</summary>
    public static Dictionary<string, string> Pairs(this YamlNode node, params string[] path) =>
        node.At(path) is YamlMappingNode map
            ? map.Children.ToDictionary(static pair => ((YamlScalarNode)pair.Key).Value!, static pair => ((YamlScalarNode)pair.Value).Value!)
            : [];
}
