using System.Text.Json;
using AgentSessions.Gateway.Tests.Hosting;

namespace AgentSessions.Gateway.Tests.Stagent;

/// <summary>A turn as its client reads it.</summary>
internal sealed class TurnReader : IAsyncDisposable
{
    private readonly EventReader _events;

    private TurnReader(EventReader events) => _events = events;

    /// <summary>Sends a message and opens the stream of its turn.</summary>
    public static async Task<TurnReader> SendAsync(GatewayServer server, string conversation, object body, string? token = null) =>
        new(await EventReader.PostAsync(server, $"{StagentCalls.Conversations}/{conversation}/messages", body, token));

    /// <summary>The next event; null at the end.</summary>
    public async Task<JsonElement?> NextAsync() => await _events.NextAsync() is { } next ? JsonElement.Parse(next.Data) : null;

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

    public ValueTask DisposeAsync() => _events.DisposeAsync();
}
