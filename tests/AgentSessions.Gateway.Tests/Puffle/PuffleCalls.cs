using System.Net;
using System.Text.Json;
using AgentSessions.Gateway.Puffle.Turns;
using AgentSessions.Gateway.Tests.Hosting;
using AgentSessions.TestServer;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Gateway.Tests.Puffle;

/// <summary>Short forms of Puffle calls.</summary>
internal static class PuffleCalls
{
    public const string Chat = "/api/agent/chat";

    /// <summary>Holds a chunk against the keys that clients take: one more, or an unknown type, may end their stream.</summary>
    public static void AssertKeys(JsonElement chunk)
    {
        string[] keys = TypeOf(chunk) switch
        {
            "start" => ["messageId", "messageMetadata"],
            "start-step" or "finish-step" => [],
            "text-start" or "text-end" or "reasoning-start" or "reasoning-end" => ["id"],
            "text-delta" or "reasoning-delta" => ["id", "delta"],
            "tool-input-start" => ["toolCallId", "toolName", "dynamic"],
            "tool-input-delta" => ["toolCallId", "inputTextDelta"],
            "tool-input-available" => ["toolCallId", "toolName", "input", "dynamic"],
            "tool-approval-request" => ["approvalId", "toolCallId"],
            "tool-output-available" => ["toolCallId", "output", "dynamic"],
            "tool-output-error" => ["toolCallId", "errorText", "dynamic"],
            "tool-output-denied" => ["toolCallId"],
            "source-url" => ["sourceId", "url", "title"],
            "source-document" => ["sourceId", "mediaType", "title", "filename"],
            "file" => ["url", "mediaType"],
            "message-metadata" or "finish" => ["messageMetadata"],
            "error" => ["errorText"],
            "abort" => ["reason"],
            ['d', 'a', 't', 'a', '-', ..] => ["data", "id", "transient"],
            string unknown => throw new InvalidOperationException($"No client knows chunks of type {unknown}"),
        };
        Assert.Empty(chunk.EnumerateObject().Select(static field => field.Name).Except([.. keys, "type"]));
    }

    public static Task<Answer> PostAsync(this PuffleServer server, string path, object body, string agent = "echo", string token = PuffleServer.Alice) =>
        server.SendAsync("POST", Chat + path, body, token, ("X-Agent-Id", agent));

    public static Task<Answer> PollAsync(this PuffleServer server, string run, string token = PuffleServer.Alice) =>
        server.SendAsync("GET", $"{Chat}/{run}", null, token);

    /// <summary>Starts a run and answers its id and conversation.</summary>
    public static async Task<(string Run, string Conversation)> StartAsync(
        this PuffleServer server, object body, string agent = "echo", string token = PuffleServer.Alice)
    {
        Answer answer = await server.PostAsync("", body, agent, token);
        Assert.True(answer.Status == HttpStatusCode.Accepted, answer.Text);
        Assert.Equal("queued", answer.Field("status"));
        return (answer.Field("runId")!, answer.Field("conversationId")!);
    }

    /// <summary>Polls until a run has this status.</summary>
    public static Task<Answer> UntilAsync(this PuffleServer server, string run, string status) => Eventually.HoldsAsync(
        () => server.PollAsync(run),
        answer =>
        {
            bool isThere = answer.Field("status") == status;
            Assert.True(isThere || answer.Field("status") is not (null or "completed" or "failed" or "cancelled"), answer.Text);
            return isThere;
        },
        status);

    /// <summary>How many sessions there are, up to a hundred.</summary>
    public static async Task<int> CountSessionsAsync(this PuffleServer server) =>
        (await server.SendAsync("GET", "/api/v1/sessions?page[size]=100")).Json.GetProperty("data").GetArrayLength();

    /// <summary>How many runs count against the budgets of all users.</summary>
    public static async Task<int> CountRunsAsync(this PuffleServer server) =>
        (await server.Services.GetRequiredService<RunBudget>().ListAsync(Calls.EnvironmentDefault, "", after: null, limit: 10, CancellationToken.None)).Sum(static user => user.Started);

    /// <summary>The texts of a conversation as the native protocol shows them.</summary>
    public static async Task<string[]> TranscriptAsync(this PuffleServer server, string conversation)
    {
        Answer transcript = await server.SendAsync("GET", Calls.SessionPath(conversation, "/transcript"));
        return [.. transcript.Json.GetProperty("messages").EnumerateArray().Select(static message => string.Concat(
            message.GetProperty("parts").EnumerateArray().Where(static part => part.GetProperty("type").GetString() == "text").Select(static part => part.GetProperty("text").GetString())))];
    }

    /// <summary>Appends a message natively.</summary>
    public static Task<Answer> AppendAsync(this PuffleServer server, string conversation, object message) =>
        server.SendAsync("POST", Calls.ChannelPath(conversation, "in/append"), new
        {
            kind = "message",
            payload = new { chatId = conversation, trigger = "submit-message", message },
        });

    /// <summary>A user's message as native clients send it.</summary>
    public static object Says(string id, string text) => new { id, role = "user", parts = new[] { new { type = "text", text } } };

    /// <summary>The log as <c>role:content</c>.</summary>
    public static string[] Log(this Answer answer) =>
        [.. answer.Json.GetProperty("messages").EnumerateArray().Select(static entry => $"{entry.GetProperty("role")}:{entry.GetProperty("content")}")];

    public static object Ask(string text, string? conversation = null, object? approval = null) => new
    {
        messages = new[] { new { id = "u1", role = "user", parts = new[] { new { type = "text", text } } } },
        conversationId = conversation,
        approvalResponse = approval,
    };

    public static string TypeOf(JsonElement chunk) => chunk.GetProperty("type").GetString()!;
}
