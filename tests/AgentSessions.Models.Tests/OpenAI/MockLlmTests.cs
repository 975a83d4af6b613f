using System.Text;
using System.Text.Json;
using AgentSessions.Models.OpenAI;
using AgentSessions.Models.Tests.Peers;
using Microsoft.Extensions.AI;

namespace AgentSessions.Models.Tests.OpenAI;

/// <summary>Against an independent server of the same API: npm <c>@dwmkerr/mock-llm</c>.</summary>
public sealed class MockLlmTests
{
    private const string Rules =
        """
        streaming: { chunkSize: 4, chunkIntervalMs: 5 }
        rules:
          - path: "/v1/chat/completions"
            match: "@"
            response:
              status: 200
              content: |
                { "id": "x{{timestamp}}", "object": "chat.completion", "model": "{{jmes request body.model}}",
                  "choices": [{ "index": 0, "message": { "role": "assistant", "content": "{{jmes request body.messages[-1].content}}" }, "finish_reason": "stop" }],
                  "usage": { "prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7 } }
          - path: "/v1/chat/completions"
            match: "contains(body.messages[-1].content, 'weather')"
            response:
              status: 200
              content: |
                { "id": "y", "object": "chat.completion", "model": "m", "choices": [{ "index": 0, "finish_reason": "tool_calls", "message": { "role": "assistant", "content": null,
                  "tool_calls": [ { "id": "c1", "type": "function", "function": { "name": "weather", "arguments": "{\"city\":\"Paris\"}" } },
                                  { "id": "c2", "type": "function", "function": { "name": "weather", "arguments": "{\"city\":\"Rome\"}" } } ] } }] }
          - path: "/v1/chat/completions"
            match: "contains(body.messages[-1].content, 'error-401')"
            response:
              status: 401
              content: |
                { "error": { "message": "Incorrect API key provided.", "type": "invalid_request_error", "param": null, "code": "invalid_api_key" } }
        """;

    private static async Task<OpenAICompatibleChatClient> ConfigureAsync(PeerServer server)
    {
        using HttpClient http = new();
        using StringContent rules = new(Rules, Encoding.UTF8, "application/x-yaml");
        (await http.PostAsync(new Uri(server.Url, "config"), rules)).EnsureSuccessStatusCode();
        return new OpenAICompatibleChatClient(new OpenAICompatibleOptions { Name = "mock", Endpoint = new Uri(server.Url, "v1"), Model = "m", ApiKey = Clients.Key });
    }

    [PeerFact]
    public async Task MockLlm_AnswersStreamsCallsToolsAndRefuses()
    {
        await using PeerServer server = await PeerServer.StartAsync("@dwmkerr/mock-llm/dist/main.js");
        using OpenAICompatibleChatClient client = await ConfigureAsync(server);

        ChatResponse whole = await client.GetResponseAsync("Say it back.");
        Assert.Equal(("Say it back.", 7), (whole.Text, (int)whole.Usage!.TotalTokenCount!));

        List<ChatResponseUpdate> updates = await client.GetStreamingResponseAsync("one two three four").ToListAsync();
        Assert.Equal("one two three four", string.Concat(updates.Select(update => update.Text)));
        Assert.True(updates.Count > 3, "came in one piece");
        Assert.Equal(ChatFinishReason.Stop, updates.ToChatResponse().FinishReason);

        ChatOptions tools = new() { Tools = [AIFunctionFactory.Create((string city) => "sunny in " + city, "weather")] };
        ChatResponse called = await client.GetResponseAsync("weather?", tools);
        Assert.Equal(ChatFinishReason.ToolCalls, called.FinishReason);
        Assert.Equal(
            ["c1 Paris", "c2 Rome"],
            called.Messages[0].Contents.OfType<FunctionCallContent>().Select(call => $"{call.CallId} {((JsonElement)call.Arguments!["city"]!).GetString()}"));

        ModelException refused = await Assert.ThrowsAsync<ModelException>(() => client.GetResponseAsync("error-401"));
        Assert.Equal((ModelErrorKind.Unauthorized, "invalid_api_key"), (refused.Kind, refused.ProviderCode));
        // This server sends the error of a streamed request as an event after a 200.
        Assert.Equal(ModelErrorKind.Unauthorized, (await Assert.ThrowsAsync<ModelException>(async () => await client.GetStreamingResponseAsync("error-401").ToListAsync())).Kind);
    }
}
