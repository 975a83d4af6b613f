using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentSessions.Gateway.Tests.Hosting;

namespace AgentSessions.Gateway.Tests.Puffle;

/// <summary>Requests that break a rule somewhere: each is refused with a typed error, and nothing is changed, started or given away.</summary>
public sealed class FuzzTests(PuffleServer server) : IClassFixture<PuffleServer>
{
    private const int Seed = 20_481;

    private static readonly string[] _values =
        ["null", "true", "0", "-1.5", "1e308", "\"\"", "\"\\u0000\"", "[]", "[[]]", "{}", "{\"a\":{\"b\":[]}}", "\"run_\""];

    private static readonly string[] _texts =
        ["", "{", "]", "nul", "{\"message\":\"x\"", "{\"message\":\"x\"} x", "{'message':'x'}", "{\"message\":\"\\ud800\"}", "{\"message\":\"a\nb\"}", "[{\"message\":\"x\"}]"];

    [Fact]
    public async Task EveryAnswer_IsATypedError_AndNothingChanges()
    {
        int before = await server.CountSessionsAsync();
        var random = new Random(Seed);
        foreach (string path in new[] { "", "/sync", "/stream" })
        {
            foreach (string text in _texts)
            {
                await RefusedAsync(path, text);
            }

            await RefusedAsync(path, new byte[] { 0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d });
            await RefusedAsync(path, string.Concat(Enumerable.Repeat("[", 100_000)));
            await RefusedAsync(path, $$"""{"message":"{{new string('x', 1 << 20)}}"}""");
            for (int i = 0; i < 60; i++)
            {
                await RefusedAsync(path, Break(random, path));
            }
        }

        Assert.Equal(before, await server.CountSessionsAsync());
        Assert.DoesNotContain(server.Logs.Lines, static line => line.Contains("unexpectedly", StringComparison.Ordinal));
    }

    /// <summary>A good body with one place made wrong.</summary>
    private static string Break(Random random, string path)
    {
        string value = _values[random.Next(_values.Length)];
        JsonObject body = Good(path);
        (JsonNode at, string name, string[] allowed) = path == "/stream" ? PlaceInStream(random, body) : Place(random, body);
        at[name] = JsonNode.Parse(allowed.Contains(value) ? "7" : value);
        return body.ToJsonString();
    }

    /// <summary>A field, and the values that it may have.</summary>
    private static (JsonNode At, string Name, string[] Allowed) Place(Random random, JsonObject body) => random.Next(5) switch
    {
        0 => (body, "message", ["\"run_\""]),
        1 => (body, "conversationId", ["null"]),
        2 => (body, "history", ["null", "[]"]),
        3 => (body["history"]![0]!, "role", []),
        _ => (body["history"]![0]!, "content", ["\"\"", "\"\\u0000\"", "\"run_\""]),
    };

    private static (JsonNode At, string Name, string[] Allowed) PlaceInStream(Random random, JsonObject body) => random.Next(7) switch
    {
        0 => (body, "messages", []),
        1 => (body["messages"]![0]!, "role", ["\"\"", "\"\\u0000\"", "\"run_\""]),
        2 => (body["messages"]![0]!, "parts", []),
        3 => (body, "conversationId", ["null"]),
        4 => (body, "approvalResponse", ["null"]),
        5 => (body["approvalResponse"]!, "toolCallId", []),
        _ => (body["approvalResponse"]!, "approved", ["true"]),
    };

    private static JsonObject Good(string path) => (JsonObject)JsonNode.Parse(path == "/stream"
        ? """{"messages":[{"role":"user","parts":[{"type":"text","text":"x"}]}],"approvalResponse":{"toolCallId":"nobody's","approved":true}}"""
        : """{"message":"x","history":[{"role":"user","content":"y"}]}""")!;

    private async Task RefusedAsync(string path, object body)
    {
        Answer answer = await server.SendAsync("POST", PuffleCalls.Chat + path, body, PuffleServer.Alice);
        string sent = body as string ?? "bytes";
        Assert.True(
            answer.Status is HttpStatusCode.BadRequest or HttpStatusCode.NotFound or HttpStatusCode.RequestEntityTooLarge,
            $"{path} {sent[..Math.Min(sent.Length, 200)]}: {(int)answer.Status} {answer.Text}");
        JsonProperty only = Assert.Single(answer.Json.EnumerateObject());
        Assert.Equal(("error", JsonValueKind.String), (only.Name, only.Value.ValueKind));
        Assert.DoesNotContain("Exception", answer.Text, StringComparison.Ordinal);
    }
}
