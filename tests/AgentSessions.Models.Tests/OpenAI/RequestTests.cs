using System.Text.Json;
using System.Text.Json.Nodes;
using AgentSessions.FakeModels;
using AgentSessions.Models.OpenAI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Models.Tests.OpenAI;

public sealed class RequestTests
{
    private static async Task<FakeRequest> SendAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, bool stream = false, Func<FakeModelServer, OpenAICompatibleOptions>? server = null)
    {
        await using FakeModelServer fake = FakeModelServer.Start(_ => stream ? OpenAIReplies.Stream("ok") : OpenAIReplies.Complete("ok"));
        using OpenAICompatibleChatClient client = new(server?.Invoke(fake) ?? Clients.Options(fake));
        if (stream)
        {
            await client.GetStreamingResponseAsync(messages, options, Clients.Soon).ToChatResponseAsync();
        }
        else
        {
            await client.GetResponseAsync(messages, options, Clients.Soon);
        }

        return Assert.Single(fake.Requests);
    }

    private static void AssertJson(string expected, JsonElement actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(actual.GetRawText())), $"expected {expected}\nactual   {actual.GetRawText()}");

    private static async Task AssertMessagesAsync(string expected, params ChatMessage[] messages) =>
        AssertJson(expected, (await SendAsync(messages)).Json.GetProperty("messages"));

    [Fact]
    public async Task Request_ToAPlainServer_HasBearerKeyPathAndModel()
    {
        FakeRequest request = await SendAsync([new(ChatRole.User, "hi")], stream: true);

        Assert.Equal(("POST", "/v1/chat/completions", "", $"Bearer {Clients.Key}", "application/json", "text/event-stream"),
            (request.Method, request.Path, request.Query, request.Header("Authorization"), request.Header("Content-Type"), request.Header("Accept")));
        AssertJson("""{"model":"fake-1","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true}}""", request.Json);
    }

    [Fact]
    public async Task Request_ToAzure_HasDeploymentVersionAndApiKey()
    {
        FakeRequest request = await SendAsync([new(ChatRole.User, "hi")], server: fake => new OpenAICompatibleOptions
        {
            Name = "azure",
            Endpoint = fake.Url,
            Model = "my deployment",
            ApiKey = Clients.Key,
            IsAzure = true,
            UseMaxCompletionTokens = true,
            MaxOutputTokens = 99,
        });

        Assert.Equal(("/openai/deployments/my%20deployment/chat/completions", "api-version=2024-10-21", Clients.Key, null),
            (request.Path, request.Query, request.Header("api-key"), request.Header("Authorization")));
        Assert.Equal(99, request.Json.GetProperty("max_completion_tokens").GetInt32());
    }

    [Fact]
    public async Task Request_WithoutKey_HasNoAuthorization()
    {
        FakeRequest request = await SendAsync([new(ChatRole.User, "hi")], server: fake => new OpenAICompatibleOptions
        {
            Name = "local",
            Endpoint = fake.Url,
            Model = "m",
            Headers = new Dictionary<string, string> { ["X-Team"] = "blue" },
        });

        Assert.Equal((null, "blue"), (request.Header("Authorization"), request.Header("X-Team")));
    }

    [Fact]
    public async Task Request_WithAllOptions_SendsEachUnderItsName()
    {
        FakeRequest request = await SendAsync([new(ChatRole.User, "hi")], new ChatOptions
        {
            Instructions = "Be brief.",
            ModelId = "other",
            Temperature = 0.5f,
            TopP = 0.25f,
            TopK = 40,
            FrequencyPenalty = 0.125f,
            PresencePenalty = -0.5f,
            MaxOutputTokens = 10,
            Seed = 12_345_678_901,
            StopSequences = ["END", "\n"],
            AllowMultipleToolCalls = false,
            ToolMode = ChatToolMode.RequireSpecific("sum"),
            Tools = [AIFunctionFactory.CreateDeclaration("sum", "Adds.", JsonDocument.Parse("""{"type":"object","properties":{"n":{"type":"integer"}}}""").RootElement)],
            Reasoning = new ReasoningOptions { Effort = ReasoningEffort.Low },
            ResponseFormat = ChatResponseFormat.ForJsonSchema(JsonDocument.Parse("""{"type":"object"}""").RootElement, "my answer", "What I want."),
        });

        AssertJson(
            """
            {"model":"other","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"hi"}],
             "temperature":0.5,"top_p":0.25,"top_k":40,"frequency_penalty":0.125,"presence_penalty":-0.5,"max_tokens":10,"seed":12345678901,"stop":["END","\n"],
             "reasoning_effort":"low",
             "tools":[{"type":"function","function":{"name":"sum","description":"Adds.","parameters":{"type":"object","properties":{"n":{"type":"integer"}}}}}],
             "tool_choice":{"type":"function","function":{"name":"sum"}},"parallel_tool_calls":false,
             "response_format":{"type":"json_schema","json_schema":{"name":"my_answer","description":"What I want.","schema":{"type":"object"}}}}
            """,
            request.Json);
    }

    public static TheoryData<ChatToolMode, string> Choices => new()
    {
        { ChatToolMode.Auto, "auto" },
        { ChatToolMode.None, "none" },
        { ChatToolMode.RequireAny, "required" },
    };

    [Theory]
    [MemberData(nameof(Choices))]
    public async Task ToolChoice_HasItsWord(ChatToolMode mode, string word)
    {
        AITool tool = AIFunctionFactory.Create((int n) => n, "f");

        Assert.Equal(word, (await SendAsync(Clients.Hello, new ChatOptions { ToolMode = mode, Tools = [tool] })).Json.GetProperty("tool_choice").GetString());
        Assert.False((await SendAsync(Clients.Hello, new ChatOptions { ToolMode = mode })).Json.TryGetProperty("tool_choice", out _));
    }

    [Fact]
    public async Task RawRepresentation_WinsOverWhatWouldBeWritten()
    {
        FakeRequest request = await SendAsync(Clients.Hello, new ChatOptions
        {
            Temperature = 1,
            RawRepresentationFactory = _ => new JsonObject { ["temperature"] = 0.25, ["chat_template_kwargs"] = new JsonObject { ["enable_thinking"] = false }, ["messages"] = new JsonArray() },
        });

        AssertJson("""{"model":"fake-1","temperature":0.25,"chat_template_kwargs":{"enable_thinking":false},"messages":[]}""", request.Json);
    }

    [Fact]
    public async Task ToolTurn_IsSentAsCallsAndResults() => await AssertMessagesAsync(
        """
        [{"role":"assistant","content":"Adding.","tool_calls":[
            {"id":"a","type":"function","function":{"name":"sum","arguments":"{\"n\":1}"}},{"id":"b","type":"function","function":{"name":"now","arguments":"{}"}}]},
         {"role":"tool","tool_call_id":"a","content":"3"},{"role":"tool","tool_call_id":"b","content":"noon"},{"role":"user","content":"thanks"}]
        """,
        new ChatMessage(ChatRole.Assistant, [new TextReasoningContent("hm"), new TextContent("Adding."), new FunctionCallContent("a", "sum", new Dictionary<string, object?> { ["n"] = 1 }), new FunctionCallContent("b", "now")]),
        new ChatMessage(ChatRole.Tool, [new FunctionResultContent("a", 3), new FunctionResultContent("b", JsonDocument.Parse("\"noon\"").RootElement)]),
        new ChatMessage(ChatRole.User, "thanks"));

    [Fact]
    public async Task ToolResult_WithAnImage_IsFollowedByAUserMessageThatHoldsIt() => await AssertMessagesAsync(
        """
        [{"role":"tool","tool_call_id":"a","content":"a cat\n[a file, shown below]"},{"role":"tool","tool_call_id":"b","content":"Error: the tool failed."},
         {"role":"user","content":[{"type":"text","text":"Files from the tool results above:"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AQI="}}]}]
        """,
        new ChatMessage(ChatRole.Tool, [new FunctionResultContent("a", new AIContent[] { new TextContent("a cat"), new DataContent(new byte[] { 1, 2 }, "image/png") })]),
        new ChatMessage(ChatRole.Tool, [new FunctionResultContent("b", null) { Exception = new InvalidOperationException("secret detail") }]));

    [Fact]
    public async Task Files_AreSentAsDataOrAddress()
    {
        DataContent image = new(new byte[] { 1 }, "image/png") { AdditionalProperties = new() { ["detail"] = "low" } };

        await AssertMessagesAsync(
            """
            [{"role":"user","content":[
              {"type":"text","text":"look"},
              {"type":"image_url","image_url":{"url":"data:image/png;base64,AQ==","detail":"low"}},
              {"type":"image_url","image_url":{"url":"https://example.com/a.jpg"}},
              {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,AQ=="}},
              {"type":"file","file":{"filename":"b.pdf","file_data":"https://example.com/x/b.pdf"}},
              {"type":"file","file":{"file_id":"file-1"}},
              {"type":"input_audio","input_audio":{"data":"AQ==","format":"mp3"}},
              {"type":"text","text":"File notes.txt:\nhi"}]}]
            """,
            new ChatMessage(ChatRole.User,
            [
                new TextContent("look"),
                image,
                new UriContent("https://example.com/a.jpg", "image/jpeg"),
                new DataContent(new byte[] { 1 }, "application/pdf") { Name = "a.pdf" },
                new UriContent("https://example.com/x/b.pdf", "application/pdf"),
                new HostedFileContent("file-1"),
                new DataContent(new byte[] { 1 }, "audio/mpeg"),
                new DataContent("hi"u8.ToArray(), "text/plain") { Name = "notes.txt" },
            ]));
    }

    [Fact]
    public async Task Messages_ThatSayNothingToAModel_AreLeftOut() => await AssertMessagesAsync(
        """[{"role":"system","content":"s"},{"role":"user","name":"ann","content":"one"},{"role":"user","content":"two"}]""",
        new ChatMessage(ChatRole.System, "s"),
        new ChatMessage(ChatRole.User, "one") { AuthorName = "ann" },
        new ChatMessage(ChatRole.Assistant, [new TextReasoningContent("only thoughts"), new UsageContent()]),
        new ChatMessage(ChatRole.User, "two") { AuthorName = "not a name!" });

    [Fact]
    public async Task Reasoning_IsSentBackOnlyWhereTheServerWantsIt()
    {
        ChatMessage[] history = [new(ChatRole.Assistant, [new TextReasoningContent("hm"), new TextContent("yes")]), new(ChatRole.User, "go on")];

        FakeRequest request = await SendAsync(history, server: fake => new OpenAICompatibleOptions { Name = "t", Endpoint = fake.Url, Model = "m", ReasoningHistoryField = "reasoning_content" });

        Assert.Equal("hm", request.Json.GetProperty("messages")[0].GetProperty("reasoning_content").GetString());
        Assert.False((await SendAsync(history)).Json.GetProperty("messages")[0].TryGetProperty("reasoning_content", out _));
    }

    [Fact]
    public async Task ToolThatIsNoFunction_IsRefusedBeforeAnythingIsSent()
    {
        await using FakeModelServer server = FakeModelServer.Start();
        using OpenAICompatibleChatClient client = Clients.OpenAI(server);

        ModelException failure = await Assert.ThrowsAsync<ModelException>(() => client.GetResponseAsync(Clients.Hello, new ChatOptions { Tools = [new HostedWebSearchTool()] }));

        Assert.Equal(ModelErrorKind.InvalidRequest, failure.Kind);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public void Options_AsText_DoNotShowTheKey() =>
        Assert.DoesNotContain(Clients.Key, new OpenAICompatibleOptions { Name = "t", Endpoint = new Uri("http://u:p@127.0.0.1/v1?k=v"), Model = "m", ApiKey = Clients.Key }.ToString());
}
