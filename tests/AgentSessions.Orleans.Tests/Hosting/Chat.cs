using System.Text;
using System.Text.Json;
using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Orleans.Tests.Hosting;

/// <summary>What tests say and hear.</summary>
internal static class Chat
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static SessionKey Key(string id) => new("default", id);

    public static ValueTask<StartedSession> OpenAsync(this ISessionEngine engine, string id, string agent = "echo", DateTimeOffset? expiresAt = null) =>
        engine.StartAsync(
            new StartSession
            {
                Environment = "default",
                ExternalId = id,
                Type = "chat.agent",
                Agent = agent,
                TriggerConfig = $$$"""{"basePayload":{"chatId":"{{{id}}}","trigger":"preload"}}""",
                ExpiresAt = expiresAt,
            },
            CancellationToken.None);

    public static ValueTask<AppendedRecord> SayAsync(this ISessionEngine engine, string id, string text, string? partId = null) =>
        engine.AppendAsync(
            StreamId.In(Key(id)),
            new AppendText(
                JsonSerializer.SerializeToUtf8Bytes(new
                {
                    kind = "message",
                    payload = new
                    {
                        chatId = id,
                        trigger = "submit-message",
                        message = new { id = $"m-{partId ?? text}", role = "user", parts = new[] { new { type = "text", text } } },
                    },
                }),
                partId ?? text),
            CancellationToken.None);

    /// <summary>Reads <c>out</c> until a number of turns are complete. News of a deletion may be late; then it comes back, as clients do.</summary>
    public static async Task<IReadOnlyList<StreamRecord>> ReadTurnsAsync(this ISessionEngine engine, string id, int turns, Cursor from = default)
    {
        using var limit = new CancellationTokenSource(Limit);
        using StreamTail tail = engine.OpenTail(StreamId.Out(Key(id)), from, limit.Token);
        var records = new List<StreamRecord>();
        while (records.Count(static record => record.Control == ControlHeaders.TurnComplete) < turns)
        {
            if (await tail.ReadAsync(Limit) is { } batch)
            {
                records.AddRange(batch.Decode());
            }

            if (tail.IsOver)
            {
                return await engine.ReadTurnsAsync(id, turns, from);
            }
        }

        return records;
    }

    /// <summary>Reads <c>out</c> until the boundary of the turn that consumed this record of <c>in</c>.</summary>
    public static async Task<IReadOnlyList<StreamRecord>> ReadThroughAsync(this ISessionEngine engine, string id, long sequence)
    {
        using var limit = new CancellationTokenSource(Limit);
        using StreamTail tail = engine.OpenTail(StreamId.Out(Key(id)), default, limit.Token);
        var records = new List<StreamRecord>();
        while (!records.Any(record => record.Header(ControlHeaders.InEventId) is { } answered && long.Parse(answered) >= sequence))
        {
            if (await tail.ReadAsync(Limit) is { } batch)
            {
                records.AddRange(batch.Decode());
            }
        }

        return records;
    }

    /// <summary>The part id that a message was said with.</summary>
    public static string PartId(StreamRecord record) => JsonElement.Parse(record.Body).GetProperty("id").GetString()!;

    /// <summary>The text deltas in records.</summary>
    public static string Text(IEnumerable<StreamRecord> records)
    {
        var text = new StringBuilder();
        foreach (StreamRecord record in records.Where(static record => record.Body.Contains("text-delta", StringComparison.Ordinal)))
        {
            using JsonDocument body = JsonDocument.Parse(record.Body);
            JsonElement chunk = body.RootElement.TryGetProperty("data", out JsonElement data) ? data : body.RootElement;
            text.Append(chunk.GetProperty("delta").GetString());
        }

        return text.ToString();
    }
}
