using System.Text.Json;

namespace AgentSessions.Protocol.UI;

/// <summary>A chunk of a type this version does not know, passed on unchanged. Readers skip it.</summary>
/// <param name="Raw">The whole chunk, an object with a string field <c>type</c>.</param>
public sealed record UnknownChunk(JsonElement Raw) : UIMessageChunk
{
    public override string Type { get; } = JsonStrings.Get(Raw.GetProperty("type"u8));

    internal override void WriteFields(ref JsonObjectWriter json) =>
        throw new NotSupportedException("An unknown chunk is written as it came.");
}
