using System.Text.Json.Serialization;

namespace AgentSessions.Protocol.UI;

/// <summary>One part of a <see cref="UIMessage"/>.</summary>
/// <remarks>
/// The family is closed; a part of another type or shape is an <see cref="UnknownPart"/>. Records compare by value,
/// except that JSON payloads compare by reference.
/// </remarks>
[JsonConverter(typeof(UIMessagePartConverter))]
public abstract record UIMessagePart
{
    private protected UIMessagePart()
    {
    }

    /// <summary>The wire name, such as <c>text</c> or <c>tool-lookup</c>.</summary>
    public abstract string Type { get; }

    /// <summary>Fields this version does not know; null if there are none.</summary>
    public ExtraFields? Extra { get; init; }

    /// <summary>Writes the fields between <c>type</c> and the extra ones.</summary>
    internal abstract void WriteFields(ref JsonObjectWriter json);
}
