using System.Text;
using System.Text.Json;
using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Conformance.Engine;

/// <summary>What every <see cref="ISessionEngine"/> promises. An engine's tests are one subclass of this for each way to run it.</summary>
/// <remarks>Each test works in an environment of its own, so that a host may be shared between tests.</remarks>
public abstract partial class SessionEngineConformance : IAsyncLifetime
{
    private readonly string _environment = "env-" + Guid.NewGuid().ToString("n");
    private EngineHost? _host;
    private int _parts;

    /// <summary>Starts an engine in which the test's sessions do not exist yet.</summary>
    protected abstract Task<EngineHost> StartHostAsync();

    /// <summary>The engine.</summary>
    protected ISessionEngine Engine => _host!.Engine;

    public virtual async Task InitializeAsync() => _host = await StartHostAsync();

    public virtual async Task DisposeAsync() => await _host!.DisposeAsync();

    private SessionKey Key(string name = "chat") => new(_environment, name);

    private ValueTask<StartedSession> StartAsync(SessionKey key, string agent = ConformanceAgents.Echo, string? firstText = null, DateTimeOffset? expiresAt = null) =>
        Engine.StartAsync(
            new StartSession
            {
                Environment = key.Environment,
                ExternalId = key.Key,
                Type = "chat.agent",
                Agent = agent,
                TriggerConfig = JsonSerializer.Serialize(new { basePayload = Payload(key, firstText) }),
                ExpiresAt = expiresAt,
            },
            default);

    /// <summary>Appends a user's message.</summary>
    private ValueTask<AppendedRecord> SayAsync(SessionKey key, string text, string? partId = null) =>
        AppendAsync(StreamId.In(key), JsonSerializer.Serialize(new { kind = "message", payload = Payload(key, text) }), partId);

    private ValueTask<AppendedRecord> AppendAsync(StreamId stream, string text, string? partId = null) =>
        Engine.AppendAsync(stream, new AppendText(Encoding.UTF8.GetBytes(text), partId ?? $"part-{Interlocked.Increment(ref _parts)}"), default);

    private OutReader Follow(SessionKey key, long from = 0) => new(Engine.OpenTail(StreamId.Out(key), new Cursor(from), CancellationToken.None));

    /// <summary>Says something and waits until its turn is over.</summary>
    private async Task<OutReader> TalkAsync(SessionKey key, string text)
    {
        OutReader reader = Follow(key);
        await reader.BoundaryAsync((await SayAsync(key, text)).Sequence);
        return reader;
    }

    private async Task<List<StreamRecord>> StoredAsync(StreamId stream)
    {
        var records = new List<StreamRecord>();
        Cursor from = Cursor.Start;
        while (await Engine.ReadAsync(stream, from, 64 * 1024, default) is RecordBatch batch)
        {
            records.AddRange(batch.Decode());
            from = batch.Tail;
        }

        return records;
    }

    private static async Task RefusedAsync(SessionErrorCode code, Func<Task> call) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<SessionException>(call)).Code);

    private static object Payload(SessionKey key, string? text) => text is null
        ? new { chatId = key.Key, trigger = "preload" }
        : new
        {
            chatId = key.Key,
            trigger = "submit-message",
            message = new { id = "m-" + text, role = "user", parts = new[] { new { type = "text", text } } },
        };
}
