using System.Text.Json;

namespace AgentSessions.Protocol.UI;

/// <summary>Whether a text or reasoning part can still grow.</summary>
public enum TextPartState
{
    Streaming,
    Done,
}

/// <summary>Text the user reads.</summary>
public sealed record TextPart(string Text) : UIMessagePart
{
    public override string Type => "text";

    /// <summary>Null on parts that were never streamed, such as a user's.</summary>
    public TextPartState? State { get; init; }

    public JsonElement? ProviderMetadata { get; init; }

    internal override void WriteFields(ref JsonObjectWriter json)
    {
        json.String("text"u8, Text);
        json.String("state"u8, State?.WireName());
        json.Json("providerMetadata"u8, ProviderMetadata);
    }
}

/// <summary>What the model thought before it answered.</summary>
public sealed record ReasoningPart(string Text) : UIMessagePart
{
    public override string Type => "reasoning";

    /// <summary>The id of the chunks it was streamed with.</summary>
    public string? Id { get; init; }

    public TextPartState? State { get; init; }

    /// <summary>Often holds the signature without which the model refuses its own reasoning.</summary>
    public JsonElement? ProviderMetadata { get; init; }

    internal override void WriteFields(ref JsonObjectWriter json)
    {
        json.String("id"u8, Id);
        json.String("text"u8, Text);
        json.String("state"u8, State?.WireName());
        json.Json("providerMetadata"u8, ProviderMetadata);
    }
}
