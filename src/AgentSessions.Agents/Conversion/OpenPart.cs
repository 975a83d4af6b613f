using System.Text.Json;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Agents.Conversion;

/// <summary>The text or reasoning a response is in the middle of.</summary>
internal sealed class OpenPart(List<UIMessageChunk> chunks, string idPrefix)
{
    private int _count;
    private string? _id;
    private bool _isReasoning;

    public void Text(string delta, JsonElement? metadata)
    {
        Open(reasoning: false);
        chunks.Add(new TextDeltaChunk(_id!, delta) { ProviderMetadata = metadata });
    }

    /// <param name="delta">May be empty.</param>
    /// <param name="metadata">What the provider wants back with the part.</param>
    /// <param name="isWhole">Whether the metadata seals the part: what follows is a thought of its own.</param>
    public void Reasoning(string delta, JsonElement? metadata, bool isWhole)
    {
        Open(reasoning: true);
        if (delta.Length > 0)
        {
            chunks.Add(new ReasoningDeltaChunk(_id!, delta) { ProviderMetadata = isWhole ? null : metadata });
        }

        if (isWhole)
        {
            Close(metadata);
        }
    }

    public void Close(JsonElement? metadata = null)
    {
        if (_id is not null)
        {
            chunks.Add(_isReasoning
                ? new ReasoningEndChunk(_id) { ProviderMetadata = metadata }
                : new TextEndChunk(_id) { ProviderMetadata = metadata });
            _id = null;
        }
    }

    private void Open(bool reasoning)
    {
        if (_id is not null && _isReasoning == reasoning)
        {
            return;
        }

        Close();
        _count++;
        _isReasoning = reasoning;
        _id = $"{idPrefix}{(reasoning ? "reasoning" : "text")}-{_count}";
        chunks.Add(reasoning ? new ReasoningStartChunk(_id) : new TextStartChunk(_id));
    }
}
