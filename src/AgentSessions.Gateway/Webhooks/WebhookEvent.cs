using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace AgentSessions.Gateway.Webhooks;

/// <summary>An event on its way to the endpoints that want it, as it is kept.</summary>
/// <param name="Id">The message's id, the same at every try: receivers drop repeats by it. Ids sort by time.</param>
/// <param name="Type">One of <see cref="Types"/>.</param>
/// <param name="Timestamp">When it happened.</param>
/// <param name="Data">What receivers get.</param>
internal sealed record WebhookEvent(string Id, string Type, DateTimeOffset Timestamp, JsonObject Data)
{
    public const string TurnCompleted = "turn.completed";
    public const string ApprovalWaiting = "approval.waiting";
    public const string RunFailed = "run.failed";
    public const string BudgetExceeded = "budget.exceeded";

    /// <summary>All types.</summary>
    public static readonly string[] Types = [TurnCompleted, ApprovalWaiting, RunFailed, BudgetExceeded];

    /// <summary>How far each endpoint's delivery has come, by the endpoint's name.</summary>
    public Dictionary<string, WebhookDelivery> Deliveries { get; init; } = [];

    /// <summary>Until when some node is busy with it.</summary>
    public DateTimeOffset? LeasedUntil { get; init; }

    /// <summary>When the next try of any delivery is due; null when all are done.</summary>
    public DateTimeOffset? NextAt => Deliveries.Values.Where(static delivery => delivery.NextAt is not null).Min(static delivery => delivery.NextAt);

    public static WebhookEvent Read(ReadOnlyMemory<byte> json) => JsonSerializer.Deserialize<WebhookEvent>(json.Span, JsonSerializerOptions.Web)!;

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, JsonSerializerOptions.Web);

    /// <summary>The body that is posted.</summary>
    public byte[] Body() => JsonSerializer.SerializeToUtf8Bytes(
        new JsonObject { ["type"] = Type, ["timestamp"] = Timestamp.UtcDateTime.ToString("O"), ["data"] = Data.DeepClone() });
}

/// <summary>How far a delivery has come.</summary>
internal sealed record WebhookDelivery
{
    /// <summary>How many tries were made.</summary>
    public int Attempts { get; init; }

    /// <summary>When the next try is due; null when it was delivered or given up.</summary>
    [JsonConverter(typeof(UtcTimeConverter))]
    public DateTimeOffset? NextAt { get; init; }

    /// <summary>When it was delivered.</summary>
    [JsonConverter(typeof(UtcTimeConverter))]
    public DateTimeOffset? DeliveredAt { get; init; }

    /// <summary>What the last try came to, such as <c>503</c> or <c>timeout</c>.</summary>
    public string? LastResult { get; init; }
}
