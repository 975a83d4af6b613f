using System.Reflection;
using System.Text.RegularExpressions;
using AgentSessions.Server.Settings;
using AgentSessions.TestServer;
using Microsoft.Extensions.Configuration;

namespace AgentSessions.Operations.Tests;

/// <summary>A misspelt key is told, and nothing else is.</summary>
public sealed partial class UnknownSettingTests
{
    [Theory]
    [InlineData("AgentSessions:DataDirectroy", "AgentSessions:DataDirectory")]
    [InlineData("AgentSessions:Store:Durabilty", "AgentSessions:Store:Durability")]
    [InlineData("AgentSessions:Webhoks:Timeout", "AgentSessions:Webhooks")]
    [InlineData("AgentSessions:StopGrace", "AgentSessions:Embedded:StopGrace")]
    [InlineData("AgentSessions:Agents:support:MaxStep", "AgentSessions:Agents:support:MaxSteps")]
    [InlineData("AgentSessions:Budgets:User:Token", "AgentSessions:Budgets:User:Tokens")]
    [InlineData("AgentSessions:Budgets:Prices:gpt-5:InputPerMilion", "AgentSessions:Budgets:Prices:gpt-5:InputPerMillion")]
    [InlineData("AgentSessions:Users:0:Admin", null)]
    [InlineData("AgentSessions:Users:0:Tokn", "AgentSessions:Users:0:Token")]
    [InlineData("AgentSessions:Environments:eu:SecretKy", "AgentSessions:Environments:eu:SecretKey")]
    [InlineData("AgentSessions:Retention:Days", null)]
    [InlineData("AgentSessions:Nothing", null)]
    [InlineData("AgentSession:DataDirectory", "AgentSessions")]
    [InlineData("AgentSessions_DataDirectory", "AgentSessions__DataDirectory")]
    public void Misspelt_IsFound_WithTheNearestKnownKey(string key, string? expected)
    {
        UnknownSetting unknown = Assert.Single(Find((key, "value")));

        Assert.StartsWith(unknown.Key, key, StringComparison.Ordinal);
        Assert.Equal(expected, unknown.Known);
    }

    [Theory]
    [InlineData("AgentSessions:Models:anything:Anything")]
    [InlineData("AgentSessions:Mcp:files:Environment:PATH")]
    [InlineData("AgentSessions:Users:17:TokenFile")]
    [InlineData("AgentSessions:Environments:any-name:ExpiredRetention")]
    [InlineData("AgentSessions:InboundWebhooks:any-name:Secret")]
    [InlineData("AgentSessions:Webhooks:Endpoints:any-name:Events:0")]
    [InlineData("AgentSessions:Stagent:AgentModels:any.model:Tier")]
    [InlineData("AgentSessions:Budgets:Prices:*:OutputPerMillion")]
    [InlineData("agentsessions:datadirectory")]
    [InlineData("AGENTSESSIONS_URL")]
    [InlineData("AGENTSESSIONS_SECRET_KEY_FILE")]
    [InlineData("Logging:LogLevel:Default")]
    [InlineData("Session:Timeout")]
    public void Known_OrNotOurs_IsNotFound(string key) => Assert.Empty(Find((key, "value")));

    [Fact]
    public void EveryKeyOfTheDocumentationAndTheDeployments_IsKnown()
    {
        string[] places = ["README.md", "SECURITY.md", "docs", "deploy", "k8s", "samples", "src/AgentSessions.Templates/templates"];
        string[] keys =
        [
            .. places.Select(static place => Path.Combine(Repository.Root, place)).SelectMany(static place => File.Exists(place) ? [place] : Directory.GetFiles(place, "*", SearchOption.AllDirectories))
                .Where(static file => Path.GetExtension(file) is ".md" or ".yaml" or ".yml" or ".json" or ".cs" or "" or ".sh" or ".conf")
                .SelectMany(static file => Key().Matches(File.ReadAllText(file)).Select(static match => match.Value.Replace("__", ":", StringComparison.Ordinal).TrimEnd(':', '_')))
                .Distinct(),
        ];

        Assert.True(keys.Length > 40, $"Only {keys.Length} keys were found");
        Assert.Empty(Find([.. keys.Select(static key => (key, "value"))]).Select(static unknown => unknown.Key));
    }

    [Fact]
    public void EveryKeyThatTheCodeNames_IsKnown()
    {
        string[] keys =
        [
            .. AppDomain.CurrentDomain.GetAssemblies().Where(static assembly => assembly.GetName().Name!.StartsWith("AgentSessions.", StringComparison.Ordinal))
                .SelectMany(static assembly => assembly.GetTypes())
                .SelectMany(static type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                .Where(static field => field.IsLiteral && field.FieldType == typeof(string))
                .Select(static field => (string)field.GetRawConstantValue()!).Where(static value => Key().Match(value) is { Success: true } match && match.Length == value.Length),
        ];

        Assert.True(keys.Length > 10, $"Only {keys.Length} keys were found");
        Assert.Empty(Find([.. keys.Distinct().Select(static key => (key, "value"))]).Select(static unknown => unknown.Key));
    }

    [Fact]
    public async Task Start_WarnsInOneLine_WithoutTheValue_EvenIfItFails()
    {
        string directory = Directory.CreateTempSubdirectory("unknown-setting-").FullName;
        try
        {
            var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => ServerProcess.StartAsync(
                directory, "--AgentSessions:Admission:Write=planted", "--AgentSessions:Admission:Writes=0"));

            Assert.Contains(
                "AgentSessions:Admission:Write is not a setting and is ignored; did you mean AgentSessions:Admission:Writes?", refused.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("planted", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static List<UnknownSetting> Find(params (string Key, string Value)[] settings) =>
        [.. UnknownSettings.Find(new ConfigurationBuilder().AddInMemoryCollection(settings.Select(static one => KeyValuePair.Create(one.Key, (string?)one.Value))).Build())];

    [GeneratedRegex(@"\bAgentSessions(:|__)[A-Z][A-Za-z]*((:|__)[A-Za-z0-9]+)*\b")]
    private static partial Regex Key();
}
