using System.Text.Json;

namespace AgentSessions.Protocol.UI;

/// <summary>Opens a reasoning part. The id need only be unique while it is open.</summary>
public sealed record ReasoningStartChunk(string Id) : UIMessageChunk
{
    public override string Type => "reasoning-start";

    public JsonElement? ProviderMetadata { get; init; }

    internal override void WriteFields(ref JsonObjectWriter json)
    {
        json.String("id"u8, Id);
        json.Json("providerMetadata"u8, ProviderMetadata);
    }
}

/// <summary>Adds to an open reasoning part.</summary>
public sealed record ReasoningDeltaChunk(string Id, string Delta) : UIMessageChunk
{
    public override string Type => "reasoning-delta";

    public JsonElement? ProviderMetadata { get; init; }

    internal override void WriteFields(ref JsonObjectWriter json)
    {
        json.String("id"u8, Id);
        json.String("delta"u8, Delta);
        json.Json("providerMetadata"u8, ProviderMetadata);
    }
}

/// <summary>Completes an open reasoning part.</summary>
public sealed record ReasoningEndChunk(string Id) : UIMessageChunk
{
    public override string Type => "reasoning-end";

    public JsonElement? ProviderMetadata { get; init; }

    internal override void WriteFields(ref JsonObjectWriter json)
    {
        json.String("id"u8, Id);
        json.Json("providerMetadata"u8, ProviderMetadata);
    }
}
