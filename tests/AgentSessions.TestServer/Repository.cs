using System.Reflection;

namespace AgentSessions.TestServer;

/// <summary>Where the checkout under test is.</summary>
public static class Repository
{
    /// <summary>The root folder.</summary>
    public static string Root { get; } = Path.GetFullPath(Metadata("RepositoryRoot"));

    /// <summary>The configuration that everything was built in.</summary>
    public static string Configuration { get; } = Metadata("Configuration");

    /// <summary>The folder of a project's build output.</summary>
    public static string Output(string project) =>
        Path.Combine(Root, "artifacts", "bin", project, Configuration.ToLowerInvariant());

    private static string Metadata(string key) =>
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == key).Value!;
}
