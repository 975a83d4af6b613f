using AgentSessions.TestServer;

namespace AgentSessions.Operations.Tests;

/// <summary>A server that cannot start says in one line what to mend, and nothing of its insides.</summary>
[Collection(SharedServer.Collection)]
public sealed class StartFailureTests(SharedServer server) : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("start-failure-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("AgentSessions:Admission:Writes", "0", "AgentSessions:Admission:Writes must be between 1 and")]
    [InlineData("AgentSessions:Store:CachedSessions", "-1", "cannot start: AgentSessions:Store:CachedSessions must be between")]
    [InlineData("AgentSessions:Store", "Postgres", "cannot start: AgentSessions:Postgres:ConnectionString must be set")]
    [InlineData("AgentSessions:Retention", "soon", "AgentSessions:Retention must be a time")]
    [InlineData("AgentSessions:ChatPage:Access", "Nobody", "cannot start: AgentSessions:ChatPage:Access must be Loopback or Everyone or Off")]
    [InlineData("AgentSessions:ChatPage:Access", "7", "cannot start: AgentSessions:ChatPage:Access must be Loopback or Everyone or Off")]
    [InlineData("AgentSessions:Stagent:Auth", "7", "cannot start: AgentSessions:Stagent:Auth must be None or Bearer")]
    [InlineData("AgentSessions:Store:Durability", "Some", "cannot start: AgentSessions:Store:Durability must be Full or Normal")]
    [InlineData("AgentSessions:Store:SegmentBytes", "8 MB", "cannot start: AgentSessions:Store:SegmentBytes must be a whole number")]
    [InlineData("AgentSessions:Puffle:AgentHeader", "yes", "cannot start: AgentSessions:Puffle:AgentHeader must be true or false")]
    [InlineData("AgentSessions:Embedded:StopGrace", "20 s", "cannot start: AgentSessions:Embedded:StopGrace must be a time such as")]
    [InlineData("AgentSessions:Embedded:SweepInterval", "60.00:00:00", "cannot start: AgentSessions:Embedded:SweepInterval must be more than zero, at most one day")]
    [InlineData("AgentSessions:PreviousSecretKeyUntil", "soon", "cannot start: AgentSessions:PreviousSecretKeyUntil must be a moment such as")]
    [InlineData("AgentSessions:Models:fast:MaxOutputTokens", "many", "cannot start: AgentSessions:Models:fast:MaxOutputTokens must be a whole number")]
    [InlineData("AgentSessions:Environments:b:PreviousSecretKeyUntil", "soon", "cannot start: AgentSessions:Environments:b:PreviousSecretKeyUntil must be a moment")]
    [InlineData("AgentSessions:Users:0:Administrator", "yes", "cannot start: AgentSessions:Users:0:Administrator must be true or false")]
    [InlineData("AgentSessions:Webhooks:Endpoints:crm:AllowPrivateNetwork", "yes", "cannot start: AgentSessions:Webhooks:Endpoints:crm:AllowPrivateNetwork must be")]
    [InlineData("AgentSessions:Webhooks:RetryDelays:0", "soon", "cannot start: AgentSessions:Webhooks:RetryDelays:0 must be a time")]
    [InlineData("AgentSessions:InboundWebhooks:crm:Tolerance", "soon", "cannot start: AgentSessions:InboundWebhooks:crm:Tolerance must be a time")]
    [InlineData("AgentSessions:InboundWebhooks:crm:Environment", "nowhere", "AgentSessions:InboundWebhooks:crm:Environment: there is no such environment")]
    [InlineData("AgentSessions:Webhooks:Endpoints:crm:Environment", "nowhere", "AgentSessions:Webhooks:Endpoints:crm:Environment: there is no such environment")]
    [InlineData("AgentSessions:Stagent:Environment", "nowhere", "cannot start: AgentSessions:Stagent:Environment: there is no such environment")]
    [InlineData("AgentSessions:Stagent:AgentModels:echo:Tier", "Slow", "cannot start: AgentSessions:Stagent:AgentModels:echo:Tier must be Fast, Balanced or Best")]
    [InlineData("AgentSessions:PublicUrl", "agents.example.com", "cannot start: AgentSessions:PublicUrl must be an address")]
    [InlineData("AgentSessions:Telemetry:MessageText", "yes", "cannot start: AgentSessions:Telemetry:MessageText must be true or false")]
    [InlineData("AgentSessions:Telemetry:RedactPatterns:0", "(", "cannot start: AgentSessions:Telemetry:RedactPatterns:0 must be a regular expression")]
    [InlineData("AgentSessions:Telemetry:MetricsAddress", "all", "cannot start: AgentSessions:Telemetry:MetricsAddress must be an IP address")]
    [InlineData("Logging:LogLevel:Default", "Loud", "cannot start: Logging:LogLevel:Default must be Trace or Debug")]
    [InlineData("Logging:Console:LogLevel:AgentSessions", "Loud", "cannot start: Logging:Console:LogLevel:AgentSessions must be Trace or Debug")]
    [InlineData("urls", "http://127.0.0.1:99999", "urls must be")]
    [InlineData("urls", "http://192.0.2.1:3030", "cannot start: urls: an address cannot be listened on")]
    public async Task WrongSetting_IsNamed(string key, string value, string expected) => Assert.Contains(expected, await RefusalAsync($"--{key}={value}"), StringComparison.Ordinal);

    [Fact]
    public async Task PortInUse_IsNamed()
    {
        string address = $"http://127.0.0.1:{server.Process.BaseUrl.Port}";
        Assert.Contains($"{address}: address already in use", await RefusalAsync($"--urls={address}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DataDirectoryInUse_IsNamed() =>
        Assert.Contains(
            $"{server.Process.DataDirectory} is in use by another process",
            await RefusalAsync($"--AgentSessions:DataDirectory={server.Process.DataDirectory}"),
            StringComparison.Ordinal);

    [Fact]
    public async Task DataDirectoryThatIsAFile_IsNamed()
    {
        string file = Path.Combine(_directory, "file");
        await File.WriteAllTextAsync(file, "");
        Assert.Contains(
            $"AgentSessions:DataDirectory {file} cannot be written", await RefusalAsync($"--AgentSessions:DataDirectory={file}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SettingsThatAreNoJson_AreNamedWithTheLine()
    {
        string file = Path.Combine(_directory, "appsettings.json");
        await File.WriteAllTextAsync(file, "{\n  \"AgentSessions\": {\n    \"DataDirectory\": \"data\"\n    \"Retention\": \"1.00:00:00\"\n}}");
        Assert.Contains($"'{file}': it is no JSON from line 4 on", await RefusalAsync("--urls=http://127.0.0.1:0"), StringComparison.Ordinal);
    }

    private async Task<string> RefusalAsync(string argument)
    {
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => ServerProcess.StartAsync(_directory, argument));
        Assert.Contains("AgentSessions cannot start: ", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", refused.Message, StringComparison.Ordinal);
        return refused.Message;
    }
}
