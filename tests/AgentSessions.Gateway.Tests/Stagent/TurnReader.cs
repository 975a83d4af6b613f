using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using AgentSessions.Gateway.Tests.Hosting;

namespace AgentSessions.Gateway.Tests.Stagent;

/// <summary>A turn as its client reads it.</summary>
internal sealed class TurnReader : IAsyncDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    private readonly HttpResponseMessage _response;
    private readonly IAsyncEnumerator<SseItem<string>> _events;

    private TurnReader(HttpResponseMessage response, Stream body)
    {
        _response = response;
        _events = SseParser.Create(body).EnumerateAsync().GetAsyncEnumerator();
    }

    /// <summary>Sends a message and opens the stream of its turn.</summary>
    public static async Task<TurnReader> SendAsync(GatewayServer server, string conversation, object body, string? token = null)
    {
        using HttpRequestMessage request = Calls.NewRequest("POST", $"{StagentCalls.Conversations}/{conversation}/messages", body, token);
        HttpResponseMessage response = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(_limit);
        Assert.True(response.StatusCode == HttpStatusCode.OK, response.StatusCode.ToString());
        return new TurnReader(response, await response.Content.ReadAsStreamAsync());
    }

    /// <summary>The next event; null at the end.</summary>
    public async Task<JsonElement?> NextAsync() =>
        await _events.MoveNextAsync().AsTask().WaitAsync(_limit) ? JsonElement.Parse(_events.Current.Data) : null;

    /// <summary>Reads up to an event of a type.</summary>
    public async Task<JsonElement> UntilAsync(string type)
    {
        while (await NextAsync() is { } next)
        {
            if (StagentCalls.TypeOf(next) == type)
            {
                return next;
            }
        }

        throw new InvalidOperationException($"The stream ended before an event '{type}'");
    }

    /// <summary>Reads to the end.</summary>
    public async Task<List<JsonElement>> ReadAllAsync()
    {
        var events = new List<JsonElement>();
        while (await NextAsync() is { } next)
        {
            events.Add(next);
        }

        return events;
    }

    public async ValueTask DisposeAsync()
    {
        _response.Dispose();
        await _events.DisposeAsync();
    }
}
