using System.Net.Http.Json;
using System.Text.Json;
using AgentSessions.TestServer;

namespace AgentSessions.Server.Tests;

/// <summary>SIGKILL in the middle of a turn of the Stagent Chat API: the turn goes on, and what waits for its user goes on waiting.</summary>
public sealed class ChatRequestCrashTests : IDisposable
{
    private const string Conversations = "/api/chat/conversations";

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(90);

    private readonly string _directory = Directory.CreateTempSubdirectory("request-").FullName;
    private readonly List<HttpResponseMessage> _open = [];

    public void Dispose()
    {
        _open.ForEach(static response => response.Dispose());
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task KillMinus9_WhileARequestIsOpen_LeavesItOpen_AndItIsAnsweredOnce()
    {
        await using ServerProcess server = await StartAsync();
        using var http = new HttpClient { BaseAddress = server.BaseUrl, Timeout = _limit };
        string id = await NewAsync(http, "permission");
        JsonElement request = await UntilAsync(http, id, "permission_request");
        await UntilBoundaryAsync(server, id); // A death before it means that the question is put afresh.
        await server.KillAsync();
        await server.StartAsync();

        JsonElement[] rows = await HistoryAsync(http, id);
        Assert.Equal(["complete", "streaming", "pending"], rows.Select(static row => row.GetProperty("status").GetString()));
        var answer = new { requestId = request.GetProperty("requestId").GetString(), behavior = "allow" };
        Assert.False(await RespondAsync(http, id, answer));

        rows = await UntilFinishedAsync(http, id);
        Assert.Contains("/etc/hosts", rows[1].GetProperty("content").GetString(), StringComparison.Ordinal);
        Assert.Equal(["complete", "complete", "complete"], rows.Select(static row => row.GetProperty("status").GetString()));
        Assert.True(await RespondAsync(http, id, answer));
    }

    [Fact]
    public async Task KillMinus9_InTheMiddleOfAnAnswer_LetsItsRowGoOnToComplete()
    {
        await using ServerProcess server = await StartAsync();
        using var http = new HttpClient { BaseAddress = server.BaseUrl, Timeout = _limit };
        string id = await NewAsync(http, "slow");
        await UntilAsync(http, id, "delta");
        await server.KillAsync();
        await server.StartAsync();

        JsonElement[] rows = await UntilFinishedAsync(http, id);

        Assert.Equal(["user", "assistant"], rows.Select(static row => row.GetProperty("role").GetString()));
        Assert.Equal("complete", rows[1].GetProperty("status").GetString());
        Assert.EndsWith("199 ", rows[1].GetProperty("content").GetString(), StringComparison.Ordinal);
    }

    private Task<ServerProcess> StartAsync() => ServerProcess.StartAsync(_directory, "--AgentSessions:Stagent:TurnLease=00:00:03");

    private static async Task<string> NewAsync(HttpClient http, string agent)
    {
        using HttpResponseMessage response = await http.PostAsJsonAsync(Conversations, new { runtimeId = "claude-code", modelId = agent });
        return JsonElement.Parse(await response.Content.ReadAsStringAsync()).GetProperty("id").GetString()!;
    }

    /// <summary>Sends a message and reads its turn up to an event of a type.</summary>
    private async Task<JsonElement> UntilAsync(HttpClient http, string id, string type)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{Conversations}/{id}/messages") { Content = JsonContent.Create(new { content = "go" }) };
        HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

        // Left open, and kept: a client that leaves, be it because its connection was collected, would stop the turn.
        _open.Add(response);
        var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
        while (await lines.ReadLineAsync().WaitAsync(_limit) is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal) && JsonElement.Parse(line[6..]) is var item && item.GetProperty("type").ValueEquals(type))
            {
                return item;
            }
        }

        throw new InvalidOperationException($"The stream ended before an event '{type}'");
    }

    private static async Task UntilBoundaryAsync(ServerProcess server, string id)
    {
        using var http = new HttpClient { BaseAddress = server.BaseUrl, Timeout = _limit };
        http.DefaultRequestHeaders.Authorization = new("Bearer", server.SecretKey);
        await Eventually.HoldsAsync(
            () => http.GetStringAsync($"/realtime/v1/sessions/{id}/out/records"), static records => records.Contains("turn-complete", StringComparison.Ordinal), "the boundary");
    }

    private static async Task<JsonElement[]> HistoryAsync(HttpClient http, string id) =>
        [.. JsonElement.Parse(await http.GetStringAsync($"{Conversations}/{id}/messages")).EnumerateArray()];

    private static Task<JsonElement[]> UntilFinishedAsync(HttpClient http, string id) => Eventually.HoldsAsync(
        () => HistoryAsync(http, id),
        static rows => rows.All(static row => !row.GetProperty("status").ValueEquals("streaming") && !row.GetProperty("status").ValueEquals("pending")),
        "the end of every row");

    private static async Task<bool> RespondAsync(HttpClient http, string id, object answer)
    {
        using HttpResponseMessage response = await http.PostAsJsonAsync($"{Conversations}/{id}/respond", answer);
        return JsonElement.Parse(await response.Content.ReadAsStringAsync()).GetProperty("stale").GetBoolean();
    }
}
