using System.Text.Json;
using System.Text.Json.Serialization;
using AgentSessions.Gateway.Naming;
using AgentSessions.Gateway.Stagent.Entities;

namespace AgentSessions.Gateway.Stagent.Turns;

/// <summary>What the API keeps of a turn it began, for the assistant row.</summary>
internal sealed record TurnNote
{
    public const string Streaming = "streaming";
    public const string Complete = "complete";
    public const string Failed = "error";

    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>The user's message, which is also the user row.</summary>
    public required string UserMessageId { get; init; }

    /// <summary>When it was accepted, Unix milliseconds.</summary>
    public required long At { get; init; }

    public string Status { get; init; } = Streaming;

    /// <summary>Why there is no text.</summary>
    public string? Error { get; init; }

    /// <summary>The messages that are the answer; empty until the turn is over.</summary>
    public IReadOnlyList<string> Answers { get; init; } = [];

    public string? ModelId { get; init; }

    public long InputTokens { get; init; }

    public long OutputTokens { get; init; }

    public IReadOnlyList<QuickAccessItem> QuickAccess { get; init; } = [];

    /// <summary>The assistant row's id.</summary>
    [JsonIgnore]
    public string RowId => StableId.Of("answer", UserMessageId);

    public static TurnNote Read(ReadOnlyMemory<byte> json) => JsonSerializer.Deserialize<TurnNote>(json.Span, _json)!;

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, _json);
}
