using System.Net;
using System.Text.RegularExpressions;
using AgentSessions.TestServer;

namespace AgentSessions.Operations.Tests;

/// <summary>Metrics on a port of their own: no key there, nothing else there, and the server's own port as strict as ever.</summary>
[Collection(SharedServer.Collection)]
public sealed partial class MetricsPortTests(SharedServer server)
{
    [Fact]
    public async Task OwnPort_ServesMetricsWithoutAKey_AndNothingElse()
    {
        var url = new Uri(ListenerLine().Match(server.Process.Log).Groups[1].Value);
        using var http = new HttpClient();

        using HttpResponseMessage metrics = await http.GetAsync(url);
        using HttpResponseMessage sessions = await http.GetAsync(new Uri(url, "/api/v1/sessions"));
        using HttpResponseMessage health = await http.GetAsync(new Uri(url, "/health/live"));
        using HttpResponseMessage posted = await http.PostAsync(url, content: null);

        Assert.Equal("127.0.0.1", url.Host);
        Assert.NotEqual(server.Process.BaseUrl.Port, url.Port);
        Assert.Equal("text/plain", metrics.Content.Headers.ContentType?.MediaType);
        Assert.Contains("# TYPE ", await metrics.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.All([sessions, health, posted], static answer => Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode));
    }

    [Fact]
    public async Task ServersPort_StillAsksForTheKey()
    {
        using var http = new HttpClient { BaseAddress = server.Process.BaseUrl };
        using HttpResponseMessage without = await http.GetAsync("/metrics");
        Assert.Equal(HttpStatusCode.Unauthorized, without.StatusCode);
    }

    [Theory]
    [InlineData("AgentSessions:Telemetry:MetricsPort", "70000", "AgentSessions:Telemetry:MetricsPort must be")]
    [InlineData("AgentSessions:Telemetry:MetricsAddress", "everywhere", "AgentSessions:Telemetry:MetricsAddress must be")]
    [InlineData("AgentSessions:Telemetry:MetricsAddress", "192.0.2.1", "AgentSessions:Telemetry:MetricsPort: ")]
    public async Task WrongSetting_StopsTheStart_AndIsNamed(string key, string value, string expected)
    {
        string directory = Directory.CreateTempSubdirectory("metrics-port-").FullName;
        try
        {
            var refused = await Assert.ThrowsAsync<InvalidOperationException>(
                () => ServerProcess.StartAsync(directory, "--AgentSessions:Telemetry:MetricsPort=0", $"--{key}={value}"));
            Assert.Contains($"cannot start: {expected}", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [GeneratedRegex(@"Metrics without a key are at (http://\S+)")]
    private static partial Regex ListenerLine();
}
