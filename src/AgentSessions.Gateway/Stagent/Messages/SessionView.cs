using System.Runtime.CompilerServices;
using System.Text.Json;
using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Gateway.Stagent.Messages;

/// <summary>A conversation as it stands: what is stored, what is being written, what waits for its turn.</summary>
/// <param name="Messages">Oldest first; the last may be an answer in the middle.</param>
/// <param name="PartialId">The id of that answer; null when none is being written.</param>
/// <param name="Owed">User messages that wait, in order.</param>
/// <param name="Floor">Up to where <c>in</c> is answered.</param>
/// <param name="IsBusy">Whether a turn runs or will.</param>
internal sealed record SessionView(IReadOnlyList<UIMessage> Messages, string? PartialId, IReadOnlyList<UIMessage> Owed, long Floor, bool IsBusy)
{
    private const int ReadBytes = 256 * 1024;

    /// <summary>Reads it.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="session">The session.</param>
    /// <param name="limit">Only the newest this many stored messages; null for all.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async ValueTask<SessionView> ReadAsync(ISessionEngine engine, SessionKey session, int? limit, CancellationToken cancellationToken)
    {
        StoredTranscript stored = await engine.ReadTranscriptAsync(session, limit, before: null, cancellationToken);
        UIMessage[] messages = [.. stored.Messages.Select(static message => JsonSerializer.Deserialize<UIMessage>(message.Json.Span, UIJson.Options)!)];
        var replay = new OutReplay(messages);
        long floor = stored.LastInSequence;
        await foreach (StreamRecord record in RecordsAsync(engine, StreamId.Out(session), stored.LastOutSequence + 1, cancellationToken))
        {
            if (record.Control == ControlHeaders.TurnComplete)
            {
                replay.AddBoundary();
                floor = Math.Max(floor, record.InEventId ?? -1);
            }
            else if (ChunkOf(record) is { } chunk)
            {
                replay.Add(chunk);
            }
        }

        OutReplayResult replayed = replay.Complete();
        List<UIMessage> all = [.. replayed.MergeInto(messages)];
        if (replayed.RawPartial is { } partial)
        {
            int known = all.FindIndex(message => message.Id == partial.Id);
            if (known >= 0)
            {
                all[known] = partial;
            }
            else
            {
                all.Add(partial);
            }
        }

        var owed = new List<UIMessage>();
        bool isBusy = false;
        await foreach ((_, UIMessage? message) in InputsAsync(engine, session, floor + 1, cancellationToken))
        {
            isBusy = true;
            if (message is { Role: UIMessageRole.User } && all.TrueForAll(known => known.Id != message.Id) && owed.TrueForAll(known => known.Id != message.Id))
            {
                owed.Add(message);
            }
        }

        return new SessionView(all, replayed.RawPartial?.Id, owed, floor, isBusy);
    }

    /// <summary>What asks for a turn, in order: the place on <c>in</c>, and the message if it brings one.</summary>
    public static async IAsyncEnumerable<(long Sequence, UIMessage? Message)> InputsAsync(
        ISessionEngine engine, SessionKey session, long from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (StreamRecord record in RecordsAsync(engine, StreamId.In(session), from, cancellationToken))
        {
            (bool isMessage, UIMessage? message) = InputOf(record);
            if (isMessage)
            {
                yield return (record.Sequence, message);
            }
        }
    }

    /// <summary>The chunk of a data record; null for what is none.</summary>
    public static UIMessageChunk? ChunkOf(StreamRecord record)
    {
        if (record.IsCommand || record.Control is not null || record.Body.Length == 0)
        {
            return null;
        }

        try
        {
            return Field(JsonElement.Parse(record.Body), "data") is { ValueKind: JsonValueKind.Object } data ? data.Deserialize<UIMessageChunk>(UIJson.Options) : null;
        }
        catch (JsonException)
        {
            // Whoever holds the key may write anything to a stream; what is no chunk is nobody's.
            return null;
        }
    }

    private static async IAsyncEnumerable<StreamRecord> RecordsAsync(
        ISessionEngine engine, StreamId stream, long from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Cursor next = new(from);
        while (await engine.ReadAsync(stream, next, ReadBytes, cancellationToken) is { } batch)
        {
            foreach (StreamRecord record in batch.Decode())
            {
                yield return record;
            }

            next = batch.Tail;
        }
    }

    private static (bool IsMessage, UIMessage? Message) InputOf(StreamRecord record)
    {
        try
        {
            if (record.IsCommand || Field(JsonElement.Parse(record.Body), "data") is not { ValueKind: JsonValueKind.String } text
                || JsonElement.Parse(text.GetString()!) is var input && Field(input, "kind")?.ValueEquals("message") is not true
                || Field(input, "payload") is not { } payload)
            {
                return default;
            }

            string trigger = Field(payload, "trigger") is { ValueKind: JsonValueKind.String } named ? named.GetString()! : "submit-message";
            return trigger is "close" or "preload" ? default
                : (true, trigger == "submit-message" && Field(payload, "message") is { ValueKind: JsonValueKind.Object } message
                    ? message.Deserialize<UIMessage>(UIJson.Options)
                    : null);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return default;
        }
    }

    private static JsonElement? Field(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value) ? value : null;
}
