using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AgentSessions.FakeModels;
using AgentSessions.TestServer;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Operations.Tests;

/// <summary>Webhooks as a receiver sees them, from the real server.</summary>
public sealed class WebhookTests : IDisposable
{
    private const string Key = "0123456789abcdef0123456789abcdef";
    private static readonly string _secret = "whsec_" + Convert.ToBase64String(Encoding.ASCII.GetBytes(Key));
    private readonly string _directory = Directory.CreateTempSubdirectory("webhooks-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Turn_IsToldUntilItIsTakenSignedAndAgainWhenAsked()
    {
        await using WebhookReceiver receiver = await WebhookReceiver.StartAsync(500);
        await using ServerProcess server = await StartAsync(receiver.Url, allowsPrivate: true);
        using var client = new WireClient(server.BaseUrl, server.SecretKey);
        await client.StartAsync("told", "approval", default);
        await client.AskAsync("told", "planted words", default);

        // Two events, and one of them twice because its first try was refused.
        ReceivedWebhook[] all = [await receiver.NextAsync(), await receiver.NextAsync(), await receiver.NextAsync()];

        Assert.All(all, AssertSigned);
        Assert.Equal(2, all.Select(static hook => hook.Id).Distinct().Count());
        Assert.Equal(["approval.waiting", "turn.completed"], all.Select(TypeOf).Distinct().Order());
        Assert.All(all, static hook => Assert.DoesNotContain("planted words", hook.Body));
        Assert.Contains("\"sendEmail\"", all.First(static hook => TypeOf(hook) == "approval.waiting").Body);

        using HttpClient http = Client(server);
        string id = await WaitForAsync(http, done: true, static _ => true);
        using HttpResponseMessage replay = await http.PostAsync($"/api/v1/webhooks/events/{id}/replay", null);
        Assert.Equal(HttpStatusCode.Accepted, replay.StatusCode);
        Assert.Equal(id, (await receiver.NextAsync()).Id);
    }

    [Fact]
    public async Task SessionBudget_ThatRunsOut_IsToldSigned_AndCounted()
    {
        await using WebhookReceiver receiver = await WebhookReceiver.StartAsync();
        await using FakeModelServer model = FakeModelServer.Start();
        await using ServerProcess server = await StartAsync(
            receiver.Url,
            allowsPrivate: true,
            "--AgentSessions:Webhooks:Endpoints:test:Events:0=budget.exceeded",
            "--AgentSessions:Budgets:Turn:WallTime=00:10:00",
            "--AgentSessions:Budgets:Session:Tokens=100",
            "--AgentSessions:Models:fake:Provider=compatible",
            $"--AgentSessions:Models:fake:Endpoint={model.Url}v1",
            "--AgentSessions:Models:fake:Model=fake-1",
            "--AgentSessions:Models:fake:ApiKey=key");
        using var client = new WireClient(server.BaseUrl, server.SecretKey);
        string session = (string)(await client.StartAsync("spent", "assistant", default))["id"]!;
        await client.AskAsync("spent", "hello", default);

        ReceivedWebhook told = await receiver.NextAsync();
        using HttpClient http = Client(server);
        string metrics = await http.GetStringAsync("/metrics");

        AssertSigned(told);
        JsonElement data = JsonElement.Parse(told.Body).GetProperty("data");
        Assert.Equal("budget.exceeded", TypeOf(told));
        Assert.Equal(
            (session, "spent", "assistant", "session", "tokens", 100),
            (data.GetProperty("sessionId").GetString(), data.GetProperty("externalId").GetString(), data.GetProperty("agent").GetString(),
                data.GetProperty("scope").GetString(), data.GetProperty("budget").GetString(), data.GetProperty("limit").GetInt32()));
        Assert.Contains("""agent_sessions_budget_exceeded_total{agent_sessions_budget_kind="tokens",agent_sessions_budget_scope="session"} 1""", metrics);
        Assert.Contains("""agent_sessions_budget_use_count{agent_sessions_budget_kind="wall-time",agent_sessions_budget_scope="turn"}""", metrics);
        HashSet<string> known = MetricsTests.KnownIn(metrics);
        string[] used = [.. MetricsTests.NamesInUse().Where(static name => name.StartsWith(MetricsTests.BudgetNames, StringComparison.Ordinal))];
        Assert.NotEmpty(used);
        Assert.All(used, name => Assert.Contains(name, known));
    }

    [Fact]
    public async Task EndpointThatNeverAnswers_DelaysNobodyElse()
    {
        const int events = 12;
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using WebhookReceiver receiver = await WebhookReceiver.StartAsync();
        await using ServerProcess server = await StartAsync(
            receiver.Url,
            allowsPrivate: true,
            $"--AgentSessions:Webhooks:Endpoints:silent:Url=http://{silent.LocalEndpoint}/",
            $"--AgentSessions:Webhooks:Endpoints:silent:Secret={_secret}",
            "--AgentSessions:Webhooks:Endpoints:silent:AllowPrivateNetwork=true",
            "--AgentSessions:Webhooks:Timeout=00:01:00");
        using var client = new WireClient(server.BaseUrl, server.SecretKey);
        await client.StartAsync("many", "echo", default);
        long read = -1;
        for (int i = 0; i < events; i++)
        {
            read = (await client.AskAsync("many", "hello", read, default))[^1].Sequence;
        }

        var told = new HashSet<string>();
        while (told.Count < events)
        {
            told.Add((await receiver.NextAsync()).Id);
        }
    }

    [Fact]
    public async Task Endpoint_AtAPrivateAddress_IsNeverConnectedTo()
    {
        using var endpoint = new TcpListener(IPAddress.Loopback, 0);
        endpoint.Start();
        await using ServerProcess server = await StartAsync($"https://{endpoint.LocalEndpoint}/hook", allowsPrivate: false);

        await FailTwiceAsync(server);

        Assert.False(endpoint.Pending());
    }

    [Fact]
    public async Task Endpoint_ThatRedirects_IsNotFollowed()
    {
        await using WebhookReceiver elsewhere = await WebhookReceiver.StartAsync();
        await using WebhookReceiver receiver = await WebhookReceiver.StartAsync(StatusCodes.Status307TemporaryRedirect, StatusCodes.Status307TemporaryRedirect);
        receiver.Elsewhere = elsewhere.Url;
        await using ServerProcess server = await StartAsync(receiver.Url, allowsPrivate: true);

        await FailTwiceAsync(server);

        Assert.True(receiver.HasMore);
        Assert.False(elsewhere.HasMore);
    }

    /// <summary>Has the server tell of something, and waits until it has given up.</summary>
    private static async Task FailTwiceAsync(ServerProcess server)
    {
        using var client = new WireClient(server.BaseUrl, server.SecretKey);
        await client.StartAsync("quiet", "echo", default);
        await client.AskAsync("quiet", "hello", default);
        using HttpClient http = Client(server);
        await WaitForAsync(http, done: true, static delivery => delivery.GetProperty("attempts").GetInt32() == 2);
    }

    private static async Task<string> WaitForAsync(HttpClient http, bool done, Func<JsonElement, bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            JsonElement page = JsonElement.Parse(await http.GetStringAsync($"/api/v1/webhooks/events?done={(done ? "true" : "false")}", limit.Token));
            foreach (JsonElement happened in page.GetProperty("events").EnumerateArray())
            {
                if (condition(happened.GetProperty("deliveries").GetProperty("test")))
                {
                    return happened.GetProperty("id").GetString()!;
                }
            }
        }
    }

    private static void AssertSigned(ReceivedWebhook hook)
    {
        byte[] signed = HMACSHA256.HashData(Encoding.ASCII.GetBytes(Key), Encoding.UTF8.GetBytes($"{hook.Id}.{hook.Timestamp}.{hook.Body}"));
        Assert.Equal("v1," + Convert.ToBase64String(signed), hook.Signature);
    }

    private static string TypeOf(ReceivedWebhook hook) => JsonElement.Parse(hook.Body).GetProperty("type").GetString()!;

    private Task<ServerProcess> StartAsync(string url, bool allowsPrivate, params string[] more) => ServerProcess.StartAsync(
        _directory,
        [
            .. more,
            $"--AgentSessions:Webhooks:Endpoints:test:Url={url}",
            $"--AgentSessions:Webhooks:Endpoints:test:Secret={_secret}",
            $"--AgentSessions:Webhooks:Endpoints:test:AllowPrivateNetwork={allowsPrivate}",
            "--AgentSessions:Webhooks:RetryDelays:0=00:00:00.1",
            "--AgentSessions:Webhooks:PollInterval=00:00:00.1",
        ]);

    private static HttpClient Client(ServerProcess server)
    {
        var http = new HttpClient { BaseAddress = server.BaseUrl };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.SecretKey);
        return http;
    }
}
