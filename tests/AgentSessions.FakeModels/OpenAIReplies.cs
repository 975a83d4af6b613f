using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentSessions.FakeModels;

/// <summary>Replies in the Chat Completions format, well formed; misbehave by changing what comes back.</summary>
public static class OpenAIReplies
{
    /// <summary>The event that ends a stream.</summary>
    public const string Done = "data: [DONE]\n\n";

    /// <summary>A whole stream: a role, the deltas, <c>stop</c>, usage and <see cref="Done"/>.</summary>
    public static FakeReply Stream(params string[] deltas) => FakeReply.Events(
        [Chunk("""{"role":"assistant","content":""}"""), .. deltas.Select(Text), Finish("stop"), Usage(7, deltas.Length), Done]);

    /// <summary>A whole answer that is not streamed.</summary>
    public static FakeReply Complete(string text) => FakeReply.Json(new JsonObject
    {
        ["id"] = "chatcmpl-1",
        ["object"] = "chat.completion",
        ["created"] = 1_700_000_000,
        ["model"] = "fake-1",
        ["choices"] = new JsonArray(new JsonObject
        {
            ["index"] = 0,
            ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = text },
            ["finish_reason"] = "stop",
        }),
        ["usage"] = new JsonObject { ["prompt_tokens"] = 7, ["completion_tokens"] = 1, ["total_tokens"] = 8 },
    }.ToJsonString());

    /// <summary>An error answer.</summary>
    public static FakeReply Error(int status, string code, string message = "no", string type = "invalid_request_error") => FakeReply.Json(
        new JsonObject { ["error"] = new JsonObject { ["message"] = message, ["type"] = type, ["code"] = code } }.ToJsonString(), status);

    /// <summary>An event with one piece of text.</summary>
    public static string Text(string delta) => Chunk(new JsonObject { ["content"] = delta }.ToJsonString());

    /// <summary>An event with one piece of a tool call; what is null is left out.</summary>
    public static string ToolCall(int? index, string? id, string? name, string? arguments)
    {
        JsonObject function = [], call = [];
        Add(call, "index", index);
        Add(call, "id", id);
        Add(function, "name", name);
        Add(function, "arguments", arguments);
        call["function"] = function;
        return Chunk(new JsonObject { ["tool_calls"] = new JsonArray(call) }.ToJsonString());
    }

    /// <summary>The event that says why the answer ended.</summary>
    public static string Finish(string reason) => Chunk("{}", reason);

    /// <summary>The event with the token counts, which has no choices.</summary>
    public static string Usage(int input, int output, int cached = 0)
    {
        JsonObject usage = new()
        {
            ["prompt_tokens"] = input,
            ["completion_tokens"] = output,
            ["total_tokens"] = input + output,
            ["prompt_tokens_details"] = new JsonObject { ["cached_tokens"] = cached },
        };
        return Event($$"""{"id":"chatcmpl-1","object":"chat.completion.chunk","model":"fake-1","choices":[],"usage":{{usage.ToJsonString()}} }""");
    }

    /// <summary>An event with the given delta, written as JSON.</summary>
    public static string Chunk(string delta, string? finishReason = null) => Event(
        $$"""{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"fake-1","choices":[{"index":0,"delta":{{delta}},"finish_reason":{{JsonSerializer.Serialize(finishReason)}}}]}""");

    /// <summary>Any data as one event.</summary>
    public static string Event(string data) => $"data: {data}\n\n";

    private static void Add(JsonObject target, string name, JsonNode? value)
    {
        if (value is not null)
        {
            target[name] = value;
        }
    }
}
