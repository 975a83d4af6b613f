using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using AgentSessions.Gateway.Tests.Hosting;

namespace AgentSessions.Gateway.Tests.Puffle;

/// <summary>A reader of one Puffle stream.</summary>
internal sealed class ChunkReader : IAsyncDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    private readonly HttpResponseMessage _response;
    private readonly IAsyncEnumerator<SseItem<string>> _events;

    private ChunkReader(HttpResponseMessage response, Stream body)
    {
        _response = response;
        _events = SseParser.Create(body).EnumerateAsync().GetAsyncEnumerator();
    }

    public string Conversation => Header("x-conversation-id")!;

    public string? Header(string name) => _response.Headers.TryGetValues(name, out IEnumerable<string>? values) ? string.Join(",", values) : null;

    public static async Task<ChunkReader> OpenAsync(PuffleServer server, object body, string agent = "echo", string token = PuffleServer.Alice)
    {
        using HttpRequestMessage request = Calls.NewRequest("POST", $"{PuffleCalls.Chat}/stream", body, token, ("X-Agent-Id", agent));
        HttpResponseMessage response = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(_limit);
        Assert.True(response.StatusCode == HttpStatusCode.OK, await DescribeAsync(response));
        return new ChunkReader(response, await response.Content.ReadAsStreamAsync());
    }

    /// <summary>The next chunk; null at the end marker.</summary>
    public async Task<JsonElement?> NextAsync()
    {
        Assert.True(await _events.MoveNextAsync().AsTask().WaitAsync(_limit), "The stream ended without its marker");
        if (_events.Current.Data == "[DONE]")
        {
            return null;
        }

        JsonElement chunk = JsonElement.Parse(_events.Current.Data);
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

    public async ValueTask DisposeAsync()
    {
        _response.Dispose();
        await _events.DisposeAsync();
    }

    private static async Task<string> DescribeAsync(HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.OK ? "" : await response.Content.ReadAsStringAsync();
}
