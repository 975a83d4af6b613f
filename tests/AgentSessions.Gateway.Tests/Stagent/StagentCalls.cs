using System.Net;
using System.Text.Json;
using AgentSessions.Gateway.Tests.Hosting;
using AgentSessions.TestServer;

namespace AgentSessions.Gateway.Tests.Stagent;

/// <summary>Short forms of Stagent calls.</summary>
internal static class StagentCalls
{
    public const string Conversations = "/api/chat/conversations";

    /// <summary>Creates a conversation that an agent answers, and tells its id.</summary>
    public static async Task<string> NewAsync(this GatewayServer server, string agent, string? token = null, string? projectId = null)
    {
        Answer answer = await server.SendAsync("POST", Conversations, new { runtimeId = "claude-code", modelId = agent, projectId }, token);
        Assert.True(answer.Status == HttpStatusCode.Created, answer.Text);
        return answer.Field("id")!;
    }

    /// <summary>Sends a message and reads its turn to the end.</summary>
    public static async Task<List<JsonElement>> ChatAsync(this GatewayServer server, string conversation, object body, string? token = null)
    {
        await using TurnReader reader = await TurnReader.SendAsync(server, conversation, body, token);
        return await reader.ReadAllAsync();
    }

    public static async Task<IReadOnlyList<Row>> HistoryAsync(this GatewayServer server, string conversation, string? token = null)
    {
        Answer answer = await server.SendAsync("GET", $"{Conversations}/{Uri.EscapeDataString(conversation)}/messages", null, token);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return [.. answer.Json.EnumerateArray().Select(static row => new Row(
            row.GetProperty("id").GetString()!,
            row.GetProperty("role").GetString()!,
            row.GetProperty("content").GetString()!,
            row.GetProperty("status").GetString()!,
            row.GetProperty("metadata") is { ValueKind: JsonValueKind.String } text ? JsonElement.Parse(text.GetString()!) : null))];
    }

    /// <summary>Reads the history until it is as wanted.</summary>
    public static Task<IReadOnlyList<Row>> UntilAsync(this GatewayServer server, string conversation, Func<IReadOnlyList<Row>, bool> isWanted) =>
        Eventually.HoldsAsync(() => server.HistoryAsync(conversation), isWanted, $"the history of {conversation} as wanted");

    /// <summary>Waits until an answer is stored, so that the agent is at rest.</summary>
    public static Task UntilSettledAsync(this GatewayServer server, string conversation) => Eventually.HoldsAsync(
        async () => (await server.SendAsync("GET", Calls.SessionPath(conversation, "/transcript"))).Json.GetProperty("messages").GetArrayLength(),
        static messages => messages >= 2,
        "the answer's message");

    /// <summary>Answers a request; whether that was stale.</summary>
    public static async Task<bool> RespondAsync(this GatewayServer server, string conversation, object body, string? token = null)
    {
        Answer answer = await server.SendAsync("POST", $"{Conversations}/{Uri.EscapeDataString(conversation)}/respond", body, token);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return answer.Json.GetProperty("stale").GetBoolean();
    }

    /// <summary>A message as native clients append it.</summary>
    public static string Native(string chat, object message) =>
        JsonSerializer.Serialize(new { kind = "message", payload = new { chatId = chat, trigger = "submit-message", message } });

    public static object User(string id, string text) => new { id, role = "user", parts = new[] { new { type = "text", text } } };

    public static string TypeOf(JsonElement json) => json.GetProperty("type").GetString()!;

    public static string TextOf(IEnumerable<JsonElement> events) =>
        string.Concat(events.Where(static item => TypeOf(item) == "delta").Select(static item => item.GetProperty("content").GetString()));
}

/// <summary>A row of the history.</summary>
internal sealed record Row(string Id, string Role, string Content, string Status, JsonElement? Metadata)
{
    public override string ToString() => $"{Role}:{Content}:{Status}";
}
