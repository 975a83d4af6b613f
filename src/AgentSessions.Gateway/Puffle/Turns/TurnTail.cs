using System.Text.Json;
using AgentSessions.Core;
using AgentSessions.Core.Streams;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Gateway.Puffle.Turns;

/// <summary>Reads the chunks of one turn from the session's <c>out</c>, past those of the turns before it. Dispose it.</summary>
internal sealed class TurnTail(ISessionEngine engine, LostTurns lost, PostedTurn turn, CancellationToken cancellationToken) : IDisposable
{
    private readonly StreamTail _tail = Open(engine, turn, cancellationToken);
    private bool _hasBegun;

    /// <summary>Whether the turn is over: nothing more will come.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>The next chunks.</summary>
    /// <param name="patience">How long to wait.</param>
    /// <returns>Empty when there are none yet, or when what came belongs to other turns.</returns>
    public async ValueTask<IReadOnlyList<UIMessageChunk>> ReadAsync(TimeSpan patience)
    {
        if (await _tail.ReadAsync(patience) is not { } batch)
        {
            HasEnded = _tail.IsOver || await lost.AreInAsync(turn.Session.Key, cancellationToken);
            return [];
        }

        var chunks = new List<UIMessageChunk>();
        foreach (StreamRecord record in batch.Decode())
        {
            if (HasEnded)
            {
                break;
            }

            Take(record, chunks);
        }

        return chunks;
    }

    public void Dispose() => _tail.Dispose();

    private static StreamTail Open(ISessionEngine engine, PostedTurn turn, CancellationToken cancellationToken)
    {
        StreamTail tail = engine.OpenTail(StreamId.Out(turn.Session.Key), turn.OutFrom, cancellationToken);
        tail.EndsWithRun = true;
        return tail;
    }

    private void Take(StreamRecord record, List<UIMessageChunk> chunks)
    {
        switch (record.Control)
        {
            case ControlHeaders.TurnBegun when record.InEventId == turn.Sequence:
                _hasBegun = true;
                break;
            case ControlHeaders.TurnComplete when record.InEventId >= turn.Sequence:
            case ControlHeaders.SessionClosed:
                HasEnded = true;
                break;
            case null when _hasBegun && record.Headers.Count == 0 && ChunkOf(record) is { } chunk:
                chunks.Add(chunk);
                break;
        }
    }

    private static UIMessageChunk? ChunkOf(StreamRecord record)
    {
        try
        {
            return JsonElement.Parse(record.Body).GetProperty("data"u8).Deserialize<UIMessageChunk>(UIJson.Options);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            // The direct-write sink takes any text; what is no chunk is no part of an answer.
            return null;
        }
    }
}
