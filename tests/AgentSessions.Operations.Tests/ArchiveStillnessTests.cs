using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using AgentSessions.TestServer;

namespace AgentSessions.Operations.Tests;

/// <summary>Archives of a session that nobody touches differ in nothing but when they were written and how its run ended.</summary>
public sealed class ArchiveStillnessTests : IDisposable
{
    private const string Chat = "still";
    private readonly string _directory = Directory.CreateTempSubdirectory("still-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task WhileOthersAreMistreated_AndItsRunEnds_RecordsMessagesAndValuesStay()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(_directory);
        using var client = new WireClient(server.BaseUrl, server.SecretKey);
        using var http = new HttpClient { BaseAddress = server.BaseUrl };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.SecretKey);
        await SendAsync(http, HttpMethod.Post, "/api/v1/sessions", $$$$"""
            {"type":"chat.agent","externalId":"{{{{Chat}}}}","taskIdentifier":"echo","tags":["kept"],"metadata":{"userId":"u"},
             "triggerConfig":{"idleTimeoutInSeconds":1,"basePayload":{"trigger":"preload"}}}
            """);
        await client.AskAsync(Chat, "one", default);
        await client.AskAsync(Chat, "two", default);
        string before = await ExportAsync(http);

        await MistreatOthersAsync(http, before);
        string after = await Eventually.HoldsAsync(() => ExportAsync(http), static archive => archive.Contains("\"end\":\"idleTimeout\"", StringComparison.Ordinal), "the end of the run");

        Assert.Equal(Still(before), Still(after));
    }

    private static Task<string> ExportAsync(HttpClient http) => http.GetStringAsync($"/api/v1/sessions/{Chat}/export");

    private static async Task MistreatOthersAsync(HttpClient http, string archive)
    {
        for (int i = 0; i < 20; i++)
        {
            string other = $"other-{i % 4}";
            string session = $"/api/v1/sessions/{other}";
            string stream = $"/realtime/v1/sessions/{other}";
            await SendAsync(http, HttpMethod.Post, "/api/v1/sessions", $$$$"""{"type":"chat.agent","externalId":"{{{{other}}}}","taskIdentifier":"fail","triggerConfig":{"basePayload":{}}}""");
            await SendAsync(http, HttpMethod.Post, $"{stream}/in/append", """{"kind":"message","payload":{"trigger":"submit-message","message":5}}""");
            await SendAsync(http, HttpMethod.Post, $"{stream}/in/append", "[[[");
            await SendAsync(http, HttpMethod.Patch, session, """{"tags":[1]}""");
            await SendAsync(http, HttpMethod.Post, "/api/v1/sessions/import", archive[..(archive.Length * i / 20)]);
            await SendAsync(http, i % 2 == 0 ? HttpMethod.Delete : HttpMethod.Get, $"{session}{(i % 2 == 0 ? "" : $"%2f..%2f{Chat}/export")}", "");
        }
    }

    /// <summary>The answers are not looked at: what is refused and how is another test's matter.</summary>
    private static async Task SendAsync(HttpClient http, HttpMethod method, string path, string body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        using HttpResponseMessage response = await http.SendAsync(request);
    }

    /// <summary>An archive without what may change by itself: when it was written, and what the end of a run writes.</summary>
    private static string Still(string archive)
    {
        string[] lines = archive.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].StartsWith("""{"kind":"session",""", StringComparison.Ordinal) || lines[i].StartsWith("""{"kind":"run",""", StringComparison.Ordinal))
            {
                JsonObject line = JsonNode.Parse(lines[i])!.AsObject();
                Drop(line, "exportedAt", "status", "finishedAt", "end");
                Drop(line["session"] as JsonObject, "updatedAt", "runVersion");
                Drop(line["run"] as JsonObject, "status", "finishedAt", "end");
                lines[i] = line.ToJsonString();
            }
        }

        return string.Join('\n', lines);
    }

    private static void Drop(JsonObject? line, params string[] names)
    {
        foreach (string name in names)
        {
            line?.Remove(name);
        }
    }
}
