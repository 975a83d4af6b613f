using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using AgentSessions.TestServer;

namespace AgentSessions.Server.Tests;

/// <summary>The Puffle API over a crash: runs under way are recovered, runs that ended still answer, and tool calls still wait.</summary>
public sealed partial class PuffleRestartTests : IDisposable
{
    private const string Chat = "/api/agent/chat";
    private const string Token = "pk_live_0123456789abcdef0123456789abcdef";

    private readonly string _directory = Directory.CreateTempSubdirectory("puffle-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task RunsAndWaitingCalls_SurviveACrash()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(
            _directory,
            "--AgentSessions:Users:0:Id=ada",
            $"--AgentSessions:Users:0:Token={Token}",
            "--AgentSessions:Users:0:Administrator=true",
            "--AgentSessions:Puffle:AgentHeader=true",
            "--AgentSessions:Puffle:RunsPerWindow=5",
            "--AgentSessions:Puffle:RunWindow=01:00:00");
        using var http = new HttpClient { BaseAddress = server.BaseUrl };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        (string ended, _) = await StartAsync(http, "echo", new { message = "before" });
        string before = await UntilAsync(http, ended, "completed");
        string asked = await StreamAsync(http, "permission", approvalResponse: null);
        (string slow, string conversation) = await StartAsync(http, "load", new { message = "go 100 60" });
        (string queued, _) = await StartAsync(http, "echo", new { message = "queued", conversationId = conversation });
        await UntilAsync(http, slow, "running", "completed");

        await server.KillAsync();
        await server.StartAsync();

        Assert.Equal(before, await PollAsync(http, ended));
        Assert.Contains("\"status\":\"completed\"", await UntilAsync(http, slow, "completed"), StringComparison.Ordinal);
        Assert.Contains("\"text\":\"You said: queued\"", await UntilAsync(http, queued, "completed"), StringComparison.Ordinal);
        string answered = await StreamAsync(http, "permission", new { toolCallId = CallId().Match(asked).Groups[1].Value, approved = true });
        Assert.Contains("tool-output-available", answered, StringComparison.Ordinal);
        Assert.Contains("/etc/hosts", answered, StringComparison.Ordinal);
        using HttpResponseMessage over = await PostAsync(http, "", "echo", new { message = "over the budget" });
        Assert.Equal(429, (int)over.StatusCode);
    }

    private static async Task<(string Run, string Conversation)> StartAsync(HttpClient http, string agent, object body)
    {
        using HttpResponseMessage response = await PostAsync(http, "", agent, body);
        JsonElement answer = await response.Content.ReadFromJsonAsync<JsonElement>();
        return (answer.GetProperty("runId").GetString()!, answer.GetProperty("conversationId").GetString()!);
    }

    private static async Task<string> StreamAsync(HttpClient http, string agent, object? approvalResponse)
    {
        object[] messages = [new { id = "u1", role = "user", parts = new[] { new { type = "text", text = "please" } } }];
        using HttpResponseMessage response = await PostAsync(http, "/stream", agent, new { messages, approvalResponse });
        return await response.Content.ReadAsStringAsync();
    }

    private static async Task<HttpResponseMessage> PostAsync(HttpClient http, string path, string agent, object body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Chat + path) { Content = JsonContent.Create(body) };
        request.Headers.Add("X-Agent-Id", agent);
        return await http.SendAsync(request);
    }

    private static Task<string> PollAsync(HttpClient http, string run) => http.GetStringAsync($"{Chat}/{run}");

    private static Task<string> UntilAsync(HttpClient http, string run, params string[] statuses) => Eventually.HoldsAsync(
        () => PollAsync(http, run),
        answer =>
        {
            bool isThere = statuses.Any(status => answer.Contains($"\"status\":\"{status}\"", StringComparison.Ordinal));
            Assert.True(isThere || UnderWay().IsMatch(answer), answer);
            return isThere;
        },
        string.Join(" or ", statuses));

    [GeneratedRegex("\"status\":\"(queued|running)\"")]
    private static partial Regex UnderWay();

    [GeneratedRegex("\"toolCallId\":\"([^\"]+)\"")]
    private static partial Regex CallId();
}
