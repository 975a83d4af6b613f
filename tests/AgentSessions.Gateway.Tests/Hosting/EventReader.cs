using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;

namespace AgentSessions.Gateway.Tests.Hosting;

/// <summary>A reader of one stream of events.</summary>
internal sealed class EventReader : IAsyncDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    private readonly HttpResponseMessage _response;
    private readonly IAsyncEnumerator<SseItem<string>> _events;

    private EventReader(HttpResponseMessage response, Stream body)
    {
        _response = response;
        _events = SseParser.Create(body).EnumerateAsync().GetAsyncEnumerator();
    }

    public HttpResponseMessage Response => _response;

    public string? Header(string name) => _response.Headers.TryGetValues(name, out IEnumerable<string>? values) ? string.Join(",", values) : null;

    /// <summary>Opens the window of a channel, whatever is answered.</summary>
    public static async Task<EventReader> OpenAsync(
        GatewayServer server, string path, string? token = GatewayServer.Key, params (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = Calls.NewRequest("GET", path, null, token, headers);
        return await SendAsync(server, request);
    }

    /// <summary>Posts what a turn begins with and opens its stream, which must be given.</summary>
    public static async Task<EventReader> PostAsync(GatewayServer server, string path, object body, string? token, params (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = Calls.NewRequest("POST", path, body, token, headers);
        EventReader reader = await SendAsync(server, request);
        bool isGiven = reader.Response.StatusCode == HttpStatusCode.OK;
        Assert.True(isGiven, isGiven ? "" : await reader.Response.Content.ReadAsStringAsync());
        return reader;
    }

    /// <summary>The next event; null at the end of the stream.</summary>
    public async Task<SseItem<string>?> NextAsync() =>
        await _events.MoveNextAsync().AsTask().WaitAsync(_limit) ? _events.Current : null;

    /// <summary>The next event that is not a ping.</summary>
    public async Task<SseItem<string>?> NextSaidAsync()
    {
        while (true)
        {
            SseItem<string>? next = await NextAsync();
            if (next?.EventType != "ping")
            {
                return next;
            }
        }
    }

    /// <summary>Reads to the end of the window: every record's number, and whether the end marker came.</summary>
    public async Task<(List<long> Sequences, bool Done)> ReadAllAsync()
    {
        var sequences = new List<long>();
        bool done = false;
        while (await NextSaidAsync() is { } next)
        {
            done = next.Data == "[DONE]";
            if (next.EventType == "batch")
            {
                sequences.AddRange(Sequences(next.Data));
            }
        }

        return (sequences, done);
    }

    /// <summary>Reads until a record with this number has come.</summary>
    public async Task<List<long>> ReadThroughAsync(long sequence)
    {
        var sequences = new List<long>();
        while (!sequences.Contains(sequence))
        {
            SseItem<string>? next = await NextSaidAsync();
            Assert.True(next is { EventType: "batch" }, $"The stream ended before record {sequence}");
            sequences.AddRange(Sequences(next.Value.Data));
        }

        return sequences;
    }

    public static IEnumerable<long> Sequences(string batch) =>
        JsonElement.Parse(batch).GetProperty("records").EnumerateArray().Select(static record => record.GetProperty("seq_num").GetInt64());

    public async ValueTask DisposeAsync()
    {
        _response.Dispose();
        await _events.DisposeAsync();
    }

    private static async Task<EventReader> SendAsync(GatewayServer server, HttpRequestMessage request)
    {
        HttpResponseMessage response = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(_limit);
        return new EventReader(response, await response.Content.ReadAsStreamAsync());
    }
}
