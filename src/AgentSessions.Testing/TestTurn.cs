using System.Text.Json;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Testing;

/// <summary>What one turn wrote.</summary>
public sealed class TestTurn
{
    internal TestTurn(IReadOnlyList<StreamRecord> records, Func<string, UIMessage?> stored)
    {
        Records = records;
        Chunks = [.. records.Where(static record => record.Headers.Count == 0).Select(Chunk)];
        Message = Chunks.OfType<StartChunk>().LastOrDefault()?.MessageId is { } id ? stored(id) : null;
    }

    /// <summary>All records up to the boundary, control records included.</summary>
    public IReadOnlyList<StreamRecord> Records { get; }

    /// <summary>The chunks, in order.</summary>
    public IReadOnlyList<UIMessageChunk> Chunks { get; }

    /// <summary>The answer as it was stored; null if there was none.</summary>
    public UIMessage? Message { get; }

    /// <summary>The text that was streamed.</summary>
    public string Text => string.Concat(Chunks.OfType<TextDeltaChunk>().Select(static chunk => chunk.Delta));

    /// <summary>What the turn said of its failure; null if it did not fail.</summary>
    public string? ErrorText => Chunks.OfType<ErrorChunk>().LastOrDefault()?.ErrorText;

    /// <summary>Whether the answer was cut short by a stop.</summary>
    public bool Stopped => Chunks.OfType<AbortChunk>().Any();

    /// <summary>The boundary.</summary>
    public StreamRecord Boundary => Records.Last(static record => record.Control == ControlHeaders.TurnComplete);

    private static UIMessageChunk Chunk(StreamRecord record)
    {
        JsonElement data = JsonElement.Parse(record.Body).GetProperty("data");
        return data.Deserialize<UIMessageChunk>(UIJson.Options)!;
    }
}
