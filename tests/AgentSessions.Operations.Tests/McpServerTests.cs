using System.Net;
using System.Text.Json;
using AgentSessions.TestServer;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentSessions.Operations.Tests;

/// <summary>The server as an MCP server, through the package's own client over a real socket.</summary>
[Collection(SharedServer.Collection)]
public sealed class McpServerTests(SharedServer server)
{
    private readonly string _chat = $"mcp-{Guid.NewGuid():N}";

    [Fact]
    public async Task Tools_AreListedWithSchemas()
    {
        await using McpClient client = await ConnectAsync();

        IList<McpClientTool> tools = await client.ListToolsAsync();

        Assert.Equal(["list_sessions", "read_session", "send_message", "start_session", "stop_turn"], tools.Select(static tool => tool.Name).Order());
        Assert.All(tools, static tool => Assert.Equal(JsonValueKind.Object, tool.JsonSchema.GetProperty("properties").ValueKind));
    }

    [Fact]
    public async Task Conversation_IsStartedAnsweredReadAndListed()
    {
        await using McpClient client = await ConnectAsync();
        await CallAsync(client, "start_session", new() { ["agent"] = "echo", ["chatId"] = _chat });

        JsonElement first = await CallAsync(client, "send_message", new() { ["session"] = _chat, ["text"] = "one" });
        JsonElement second = await CallAsync(client, "send_message", new() { ["session"] = _chat, ["text"] = "two" });
        JsonElement read = await CallAsync(client, "read_session", new() { ["session"] = _chat });
        JsonElement list = await CallAsync(client, "list_sessions", new() { ["agent"] = "echo", ["limit"] = 100 });

        Assert.Equal(("completed", "You said: one"), (Text(first, "status"), Text(first, "text")));
        Assert.Equal(("completed", "You said: two"), (Text(second, "status"), Text(second, "text")));
        Assert.Equal(["one", "You said: one", "two", "You said: two"], read.GetProperty("messages").EnumerateArray().Select(static message => Text(message, "text")));
        Assert.False(read.GetProperty("isRunning").GetBoolean());
        JsonElement listed = Assert.Single(list.GetProperty("sessions").EnumerateArray(), session => Text(session, "session") == _chat);
        Assert.EndsWith("Z", Text(listed, "createdAt"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SendMessage_WhenTheWaitRunsOut_AnswersACursorToReadOn()
    {
        await using McpClient client = await ConnectAsync();
        await CallAsync(client, "start_session", new() { ["agent"] = "echo", ["chatId"] = _chat });

        JsonElement sent = await CallAsync(client, "send_message", new() { ["session"] = _chat, ["text"] = "later", ["waitSeconds"] = 0 });
        JsonElement read = await CallAsync(client, "read_session", new() { ["session"] = _chat, ["cursor"] = Text(sent, "cursor") });

        Assert.Equal("running", Text(sent, "status"));
        Assert.Equal(("completed", "You said: later"), (Text(read.GetProperty("turn"), "status"), Text(read.GetProperty("turn"), "text")));
    }

    [Fact]
    public async Task SendMessage_BehindARunningTurn_AnswersACursorToItsOwnAnswer()
    {
        await using McpClient client = await ConnectAsync();
        await CallAsync(client, "start_session", new() { ["agent"] = "load", ["chatId"] = _chat });
        await CallAsync(client, "send_message", new() { ["session"] = _chat, ["text"] = "go 1 0" });
        await CallAsync(client, "send_message", new() { ["session"] = _chat, ["text"] = "go 40 20", ["waitSeconds"] = 0 });

        JsonElement sent = await CallAsync(client, "send_message", new() { ["session"] = _chat, ["text"] = "go 3 0", ["waitSeconds"] = 0 });
        JsonElement read = await CallAsync(client, "read_session", new() { ["session"] = _chat, ["cursor"] = Text(sent, "cursor") });
        JsonElement again = await CallAsync(client, "read_session", new() { ["session"] = _chat, ["cursor"] = Text(sent, "cursor") });

        Assert.Equal("running", Text(sent, "status"));
        Assert.All([read, again], static json => Assert.Equal(3, Deltas(Text(json.GetProperty("turn"), "text"))));
    }

    [Fact]
    public async Task SendMessage_RepeatedWithItsId_AnswersWhatWasAnswered()
    {
        await using McpClient client = await ConnectAsync();
        await CallAsync(client, "start_session", new() { ["agent"] = "echo", ["chatId"] = _chat });
        Dictionary<string, object?> first = new() { ["session"] = _chat, ["text"] = "one", ["messageId"] = "m1" };
        await CallAsync(client, "send_message", first);
        await CallAsync(client, "send_message", new() { ["session"] = _chat, ["text"] = "two", ["messageId"] = "m2" });

        JsonElement repeated = await CallAsync(client, "send_message", first);
        JsonElement third = await CallAsync(client, "send_message", new() { ["session"] = _chat, ["text"] = "three" });
        JsonElement read = await CallAsync(client, "read_session", new() { ["session"] = _chat });

        Assert.Equal(("completed", "You said: one"), (Text(repeated, "status"), Text(repeated, "text")));
        Assert.Equal(("completed", "You said: three"), (Text(third, "status"), Text(third, "text")));
        Assert.Equal(6, read.GetProperty("messages").GetArrayLength());
    }

    [Fact]
    public async Task SendMessage_RepeatedWhileItIsAnswered_WaitsForThatAnswer()
    {
        await using McpClient client = await ConnectAsync();
        await CallAsync(client, "start_session", new() { ["agent"] = "load", ["chatId"] = _chat });
        await CallAsync(client, "send_message", new() { ["session"] = _chat, ["text"] = "go 1 0" });
        Dictionary<string, object?> message = new() { ["session"] = _chat, ["text"] = "go 40 20", ["messageId"] = "m2", ["waitSeconds"] = 0 };
        await CallAsync(client, "send_message", message);

        JsonElement repeated = await CallAsync(client, "send_message", new(message) { ["waitSeconds"] = 60 });

        Assert.Equal(("completed", 40), (Text(repeated, "status"), Deltas(Text(repeated, "text"))));
    }

    [Fact]
    public async Task ReadSession_ThatHasSaidNothing_AnswersAtOnce()
    {
        await using McpClient client = await ConnectAsync();
        await CallAsync(client, "start_session", new() { ["agent"] = "echo", ["chatId"] = _chat });

        JsonElement read = await CallAsync(client, "read_session", new() { ["session"] = _chat, ["cursor"] = "-1", ["waitSeconds"] = 600 });

        Assert.Equal("idle", Text(read.GetProperty("turn"), "status"));
        Assert.False(read.GetProperty("isRunning").GetBoolean());
    }

    [Fact]
    public async Task StopTurn_EndsARunningTurn()
    {
        await using McpClient client = await ConnectAsync();
        await CallAsync(client, "start_session", new() { ["agent"] = "slow", ["chatId"] = _chat });
        JsonElement sent = await CallAsync(client, "send_message", new() { ["session"] = _chat, ["text"] = "hold", ["waitSeconds"] = 0 });

        await CallAsync(client, "stop_turn", new() { ["session"] = _chat });
        JsonElement read = await CallAsync(client, "read_session", new() { ["session"] = _chat, ["cursor"] = Text(sent, "cursor") });

        // A stop may land before the first word; either way the last one is never said.
        Assert.False(read.GetProperty("isRunning").GetBoolean());
        Assert.DoesNotContain("199 ", Text(read.GetProperty("turn"), "text"));
    }

    [Fact]
    public async Task SessionToken_ReachesItsOwnSessionAndNoOther()
    {
        using var wire = new WireClient(server.Process.BaseUrl, server.Process.SecretKey);
        string token = (string)(await wire.StartAsync(_chat, "echo", default))["publicAccessToken"]!;
        await wire.StartAsync($"{_chat}-other", "echo", default);
        await using McpClient client = await ConnectAsync(token);

        JsonElement own = await CallAsync(client, "send_message", new() { ["session"] = _chat, ["text"] = "mine" });
        CallToolResult other = await client.CallToolAsync("send_message", new Dictionary<string, object?> { ["session"] = $"{_chat}-other", ["text"] = "theirs" });
        CallToolResult start = await client.CallToolAsync("start_session", new Dictionary<string, object?> { ["agent"] = "echo" });
        CallToolResult list = await client.CallToolAsync("list_sessions");

        Assert.Equal("You said: mine", Text(own, "text"));
        Assert.All([other, start, list], static refused =>
        {
            Assert.True(refused.IsError);
            Assert.Equal("Unauthorized", ((TextContentBlock)refused.Content[0]).Text);
        });
    }

    [Fact]
    public async Task Request_WithoutACredentialOrWithGet_IsRefused()
    {
        using var http = new HttpClient { BaseAddress = server.Process.BaseUrl };

        using HttpResponseMessage post = await http.PostAsync("/mcp", new StringContent("{}"));
        using HttpResponseMessage get = await http.GetAsync("/mcp");

        Assert.Equal(HttpStatusCode.Unauthorized, post.StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, get.StatusCode);
    }

    [Fact]
    public async Task Request_ForAMethodThatThereIsNot_WritesNothingIntoTheLog()
    {
        string planted = $"planted-{Guid.NewGuid():N}";
        using var http = new HttpClient { BaseAddress = server.Process.BaseUrl };
        http.DefaultRequestHeaders.Authorization = new("Bearer", server.Process.SecretKey);

        using HttpResponseMessage answer = await http.PostAsync("/mcp", new StringContent($$"""{"jsonrpc":"2.0","id":1,"method":"{{planted}}"}"""));
        string text = await answer.Content.ReadAsStringAsync();

        Assert.Contains("-32601", text);
        Assert.DoesNotContain(planted, server.Process.Log);
    }

    [Theory]
    [InlineData("", "\"code\":-32602")]
    [InlineData(",\"params\":null", "\"code\":-32602")]
    [InlineData(",\"params\":{\"name\":\"{planted}\"}", "\"code\":-32602")]
    [InlineData(",\"params\":{\"name\":\"start_session\",\"arguments\":{\"agent\":\"{planted}\"}}", "\"isError\":true")]
    public async Task CallThatIsWrong_IsToldToItsCaller_AndNotToTheOperator(string parameters, string told)
    {
        string planted = $"planted-{Guid.NewGuid():N}";
        using var http = new HttpClient { BaseAddress = server.Process.BaseUrl };
        http.DefaultRequestHeaders.Authorization = new("Bearer", server.Process.SecretKey);
        string call = $$"""{"jsonrpc":"2.0","id":1,"method":"tools/call"{{parameters.Replace("{planted}", planted)}}}""";

        using HttpResponseMessage answer = await http.PostAsync("/mcp", new StringContent(call));
        string text = await answer.Content.ReadAsStringAsync();

        Assert.Contains(told, text);
        Assert.DoesNotContain(planted, server.Process.Log);
        Assert.DoesNotContain("Exception", server.Process.Log);
    }

    private Task<McpClient> ConnectAsync(string? credential = null) => McpClient.CreateAsync(new HttpClientTransport(new HttpClientTransportOptions
    {
        Endpoint = new Uri(server.Process.BaseUrl, "/mcp"),
        TransportMode = HttpTransportMode.StreamableHttp,
        AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = $"Bearer {credential ?? server.Process.SecretKey}" },
    }));

    private static async Task<JsonElement> CallAsync(McpClient client, string tool, Dictionary<string, object?> arguments)
    {
        CallToolResult result = await client.CallToolAsync(tool, arguments);
        string text = ((TextContentBlock)result.Content[0]).Text;
        Assert.False(result.IsError ?? false, text);
        return JsonElement.Parse(text);
    }

    /// <summary>How many pieces of 20 characters the load agent has said.</summary>
    private static int Deltas(string? text) => text!.Length / 20;

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
}
