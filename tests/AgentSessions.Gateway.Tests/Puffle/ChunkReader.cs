using System.Net.ServerSentEvents;
using System.Text.Json;
using AgentSessions.Gateway.Tests.Hosting;

namespace AgentSessions.Gateway.Tests.Puffle;

/// <summary>A reader of one Puffle stream.</summary>
internal sealed class ChunkReader : IAsyncDisposable
{
    private readonly EventReader _events;

    private ChunkReader(EventReader events) => _events = events;

    public string Conversation => Header("x-conversation-id")!;

    public string? Header(string name) => _events.Header(name);

    public static async Task<ChunkReader> OpenAsync(PuffleServer server, object body, string agent = "echo", string token = PuffleServer.Alice) =>
        new(await EventReader.PostAsync(server, $"{PuffleCalls.Chat}/stream", body, token, ("X-Agent-Id", agent)));

    /// <summary>The next chunk; null at the end marker.</summary>
    public async Task<JsonElement?> NextAsync()
    {
        SseItem<string>? next = await _events.NextAsync();
        Assert.True(next is not null, "The stream ended without its marker");
        if (next.Value.Data == "[DONE]")
        {
            return null;
        }

        JsonElement chunk = JsonElement.Parse(next.Value.Data);
        PuffleCalls.AssertKeys(chunk);
        return chunk;
    }

    /// <summary>All chunks up to the end marker.</summary>
    public async Task<List<JsonElement>> ReadAllAsync()
    {
        var chunks = new List<JsonElement>();
        while (await NextAsync() is { } chunk)
        {
            chunks.Add(chunk);
        }

        return chunks;
    }

    /// <summary>Opens a stream and reads it to its end.</summary>
    public static async Task<(List<JsonElement> Chunks, string Conversation)> RunAsync(
        PuffleServer server, object body, string agent = "echo", string token = PuffleServer.Alice)
    {
        await using ChunkReader reader = await OpenAsync(server, body, agent, token);
        return (await reader.ReadAllAsync(), reader.Conversation);
    }

    public ValueTask DisposeAsync() => _events.DisposeAsync();
}
