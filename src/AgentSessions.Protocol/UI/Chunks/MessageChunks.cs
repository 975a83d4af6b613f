using System.Text.Json;

namespace AgentSessions.Protocol.UI;

/// <summary>Opens a message. First chunk of an answer, once; a continued message repeats its old id.</summary>
public sealed record StartChunk(string? MessageId = null) : UIMessageChunk
{
    public override string Type => "start";

    /// <summary>Merged deeply into the message's metadata.</summary>
    public JsonElement? MessageMetadata { get; init; }

    internal override void WriteFields(ref JsonObjectWriter json)
    {
        json.String("messageId"u8, MessageId);
        json.Json("messageMetadata"u8, MessageMetadata);
    }
}

/// <summary>Begins a step (one model call and its tools) with a step marker.</summary>
public sealed record StartStepChunk : UIMessageChunk
{
    public override string Type => "start-step";

    internal override void WriteFields(ref JsonObjectWriter json)
    {
    }
}

/// <summary>Ends a step and with it every open text and reasoning id.</summary>
public sealed record FinishStepChunk : UIMessageChunk
{
    public override string Type => "finish-step";

    internal override void WriteFields(ref JsonObjectWriter json)
    {
    }
}

/// <summary>Merges metadata deeply into the message's.</summary>
public sealed record MessageMetadataChunk(JsonElement MessageMetadata) : UIMessageChunk
{
    public override string Type => "message-metadata";

    internal override void WriteFields(ref JsonObjectWriter json) => json.Json("messageMetadata"u8, MessageMetadata);
}

/// <summary>Closes a message.</summary>
/// <param name="FinishReason">One of <see cref="UIFinishReason"/>, or null.</param>
public sealed record FinishChunk(string? FinishReason = null) : UIMessageChunk
{
    public override string Type => "finish";

    /// <summary>Merged deeply into the message's metadata.</summary>
    public JsonElement? MessageMetadata { get; init; }

    internal override void WriteFields(ref JsonObjectWriter json)
    {
        json.String("finishReason"u8, FinishReason);
        json.Json("messageMetadata"u8, MessageMetadata);
    }
}

/// <summary>Marks that the answer was stopped.</summary>
public sealed record AbortChunk(string? Reason = null) : UIMessageChunk
{
    public override string Type => "abort";

    internal override void WriteFields(ref JsonObjectWriter json) => json.String("reason"u8, Reason);
}

/// <summary>The turn failed. Stock clients read nothing after it, so it is the last chunk before the boundary.</summary>
/// <param name="ErrorText">Shown to the user as it is; must not reveal internals.</param>
public sealed record ErrorChunk(string ErrorText) : UIMessageChunk
{
    public override string Type => "error";

    internal override void WriteFields(ref JsonObjectWriter json) => json.String("errorText"u8, ErrorText);
}
