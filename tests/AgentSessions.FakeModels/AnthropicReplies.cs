using System.Text.Json.Nodes;

namespace AgentSessions.FakeModels;

/// <summary>Replies in Anthropic's Messages format, well formed; misbehave by changing what comes back.</summary>
public static class AnthropicReplies
{
    /// <summary>The event that ends a stream.</summary>
    public static readonly string Stop = Event("message_stop", []);

    /// <summary>A whole stream of text.</summary>
    public static FakeReply Stream(params string[] deltas) => FakeReply.Events(
        [Start(input: 7), TextStart(0), .. deltas.Select(delta => Text(0, delta)), BlockStop(0), End("end_turn", deltas.Length), Stop]);

    /// <summary>A whole answer that is not streamed.</summary>
    public static FakeReply Complete(string text) => FakeReply.Json(Message(
        7, new JsonArray(new JsonObject { ["type"] = "text", ["text"] = text }), "end_turn", output: 1).ToJsonString());

    /// <summary>An error answer.</summary>
    public static FakeReply Error(int status, string type, string message = "no") => FakeReply.Json(ErrorBody(type, message).ToJsonString(), status);

    /// <summary>An error in the middle of a stream.</summary>
    public static string ErrorEvent(string type, string message = "no") => Event("error", ErrorBody(type, message));

    /// <summary>The event that begins a stream, with the input's token counts.</summary>
    public static string Start(int input, int cacheRead = 0, int cacheWrite = 0) =>
        Event("message_start", new() { ["message"] = Message(input, [], null, output: 1, cacheRead, cacheWrite) });

    /// <summary>The event that begins a block of text.</summary>
    public static string TextStart(int index) => BlockStart(index, new() { ["type"] = "text", ["text"] = "" });

    /// <summary>The event that begins a tool call.</summary>
    public static string ToolStart(int index, string id, string name) => BlockStart(index, new() { ["type"] = "tool_use", ["id"] = id, ["name"] = name, ["input"] = new JsonObject() });

    /// <summary>The event that begins a block of reasoning.</summary>
    public static string ThinkingStart(int index) => BlockStart(index, new() { ["type"] = "thinking", ["thinking"] = "", ["signature"] = "" });

    /// <summary>An event with one piece of text.</summary>
    public static string Text(int index, string delta) => Delta(index, new() { ["type"] = "text_delta", ["text"] = delta });

    /// <summary>An event with one piece of a tool call's arguments.</summary>
    public static string Arguments(int index, string delta) => Delta(index, new() { ["type"] = "input_json_delta", ["partial_json"] = delta });

    /// <summary>An event with one piece of reasoning.</summary>
    public static string Thinking(int index, string delta) => Delta(index, new() { ["type"] = "thinking_delta", ["thinking"] = delta });

    /// <summary>The event that signs a block of reasoning.</summary>
    public static string Signature(int index, string signature) => Delta(index, new() { ["type"] = "signature_delta", ["signature"] = signature });

    /// <summary>The event that ends a block.</summary>
    public static string BlockStop(int index) => Event("content_block_stop", new() { ["index"] = index });

    /// <summary>The event that says why the answer ended, with the output's token count.</summary>
    public static string End(string reason, int output) => Event("message_delta", new()
    {
        ["delta"] = new JsonObject { ["stop_reason"] = reason, ["stop_sequence"] = null },
        ["usage"] = new JsonObject { ["output_tokens"] = output },
    });

    /// <summary>An event of the given type.</summary>
    public static string Event(string type, JsonObject body)
    {
        body["type"] = type;
        return $"event: {type}\ndata: {body.ToJsonString()}\n\n";
    }

    private static string BlockStart(int index, JsonObject block) => Event("content_block_start", new() { ["index"] = index, ["content_block"] = block });

    private static string Delta(int index, JsonObject delta) => Event("content_block_delta", new() { ["index"] = index, ["delta"] = delta });

    private static JsonObject ErrorBody(string type, string message) => new()
    {
        ["type"] = "error",
        ["error"] = new JsonObject { ["type"] = type, ["message"] = message },
        ["request_id"] = "req_1",
    };

    private static JsonObject Message(int input, JsonArray content, string? stop, int output, int cacheRead = 0, int cacheWrite = 0) => new()
    {
        ["id"] = "msg_1",
        ["type"] = "message",
        ["role"] = "assistant",
        ["model"] = "claude-fake",
        ["content"] = content,
        ["stop_reason"] = stop,
        ["stop_sequence"] = null,
        ["usage"] = new JsonObject
        {
            ["input_tokens"] = input,
            ["cache_read_input_tokens"] = cacheRead,
            ["cache_creation_input_tokens"] = cacheWrite,
            ["output_tokens"] = output,
        },
    };
}
