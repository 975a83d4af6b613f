using System.Net;
using AgentSessions.TestPostgres;
using AgentSessions.TestServer;

namespace AgentSessions.Operations.Tests;

/// <summary>What an orchestrator is told while the database is away.</summary>
public sealed class ReadinessTests : IDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    private readonly string _directory = Directory.CreateTempSubdirectory("readiness-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [PostgresFact]
    public async Task Ready_FlipsWhenTheDatabaseGoesAndComesBack()
    {
        await using PrivatePostgres postgres = await PrivatePostgres.StartAsync();
        await using ServerProcess server = await ServerProcess.StartAsync(
            _directory, "--AgentSessions:Store=Postgres", $"--AgentSessions:Postgres:ConnectionString={postgres.ConnectionString()}");
        using var http = new HttpClient { BaseAddress = server.BaseUrl };
        await WaitAsync(http, HttpStatusCode.OK);

        await postgres.StopAsync();
        string without = await WaitAsync(http, HttpStatusCode.ServiceUnavailable);
        using HttpResponseMessage live = await http.GetAsync("/health/live");
        await postgres.StartAgainAsync();
        await WaitAsync(http, HttpStatusCode.OK);

        Assert.Contains("\"store\"", without);
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
    }

    private static async Task<string> WaitAsync(HttpClient http, HttpStatusCode wanted)
    {
        using var limit = new CancellationTokenSource(_limit);
        while (true)
        {
            using HttpResponseMessage answer = await http.GetAsync("/health/ready", limit.Token);
            if (answer.StatusCode == wanted)
            {
                return await answer.Content.ReadAsStringAsync(limit.Token);
            }
        }
    }
}
