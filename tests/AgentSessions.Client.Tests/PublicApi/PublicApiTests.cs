using System.Reflection;
using AgentSessions.Agents;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Client.Tests.PublicApi;

/// <summary>What the packages offer is what the text files beside this one say.</summary>
/// <remarks>
/// A change of the public API is then a change that a reviewer sees. To write the files anew, and only then, set
/// <c>UPDATE_PUBLIC_API=1</c> and run <c>dotnet test tests/AgentSessions.Client.Tests --filter PublicApi</c>; commit what changed.
/// </remarks>
public sealed class PublicApiTests
{
    private static readonly Dictionary<string, Assembly> _assemblies = new[] { typeof(UIMessage).Assembly, typeof(ChatAgent).Assembly, typeof(AgentChat).Assembly }
        .ToDictionary(static assembly => assembly.GetName().Name!);

    public static TheoryData<string> Assemblies => new(_assemblies.Keys);

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void PublicApi_IsWhatIsWrittenDown(string assembly)
    {
        string folder = typeof(PublicApiTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(static data => data.Key == "PublicApiFolder").Value!;
        string file = Path.Combine(folder, $"{assembly}.txt");
        string actual = ApiText.Of(_assemblies[assembly]);
        if (Environment.GetEnvironmentVariable("UPDATE_PUBLIC_API") == "1")
        {
            File.WriteAllText(file, actual);
        }

        string[] written = File.Exists(file) ? File.ReadAllLines(file) : [];
        string[] found = actual.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(
            written.SequenceEqual(found),
            $"""
            The public API of {assembly} is not what PublicApi/{assembly}.txt says. If that is meant, run the tests with UPDATE_PUBLIC_API=1.
            Gone: {string.Join("; ", written.Except(found).Take(20))}
            New: {string.Join("; ", found.Except(written).Take(20))}
            """);
    }
}
