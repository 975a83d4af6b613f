using System.Text.Json;

namespace AgentSessions.Protocol.UI;

/// <summary>Opens a text part. The id need only be unique while it is open.</summary>
public sealed record TextStartChunk(string Id) : UIMessageChunk
{
    public override string Type => "text-start";

    public JsonElement? ProviderMetadata { get; init; }

    internal override void WriteFields(ref JsonObjectWriter json)
    {
        json.String("id"u8, Id);
        json.Json("providerMetadata"u8, ProviderMetadata);
    }
}

/// <summary>Adds to an open text part.</summary>
public sealed record TextDeltaChunk(string Id, string Delta) : UIMessageChunk
{
    public override string Type => "text-delta";

    public JsonElement? ProviderMetadata { get; init; }

    internal override void WriteFields(ref JsonObjectWriter json)
    {
        json.String("id"u8, Id);
        json.String("delta"u8, Delta);
        json.Json("providerMetadata"u8, ProviderMetadata);
    }
}

/// <summary>Completes an open text part.</summary>
public sealed record TextEndChunk(string Id) : UIMessageChunk
{
    public override string Type => "text-end";

    public JsonElement? ProviderMetadata { get; init; }

    internal override void WriteFields(ref JsonObjectWriter json)
    {
        json.String("id"u8, Id);
        json.Json("providerMetadata"u8, ProviderMetadata);
    }
}
