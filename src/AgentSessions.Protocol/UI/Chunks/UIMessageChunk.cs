using System.Text.Json.Serialization;

namespace AgentSessions.Protocol.UI;

/// <summary>One piece of an assistant message as it streams: the AI SDK 6 UI message chunk.</summary>
/// <remarks>
/// The family is closed; a type this version does not know is an <see cref="UnknownChunk"/>. Records compare by value,
/// except that JSON payloads compare by reference.
/// </remarks>
[JsonConverter(typeof(UIMessageChunkConverter))]
public abstract record UIMessageChunk
{
    private protected UIMessageChunk()
    {
    }

    /// <summary>The wire name, such as <c>text-delta</c>.</summary>
    public abstract string Type { get; }

    /// <summary>Fields this version does not know; null if there are none.</summary>
    public ExtraFields? Extra { get; init; }

    /// <summary>Writes the fields between <c>type</c> and the extra ones, in the order the wire document shows them.</summary>
    internal abstract void WriteFields(ref JsonObjectWriter json);
}
