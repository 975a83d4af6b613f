using System.Text.Json;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Telemetry;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Runs.Input;

/// <summary>Where a record of <c>in</c> goes (lifecycle, section 2).</summary>
internal enum InputRoute
{
    /// <summary>Waits for its turn.</summary>
    Message,

    /// <summary>Acts when it lands.</summary>
    Stop,

    /// <summary>Brings what was answered elsewhere.</summary>
    Handover,

    /// <summary>Calls the head start off.</summary>
    HandoverSkip,

    /// <summary>Nobody's: dropped.</summary>
    Unknown,
}

/// <summary>What a message asks for.</summary>
internal enum InputTrigger
{
    Submit,
    Regenerate,
    Action,
    Close,
    Preload,
    HandoverPrepare,
    Unknown,
}

/// <summary>A record of <c>in</c>, understood as far as it can be. A record that cannot be is a message with a fault or unknown, never an exception.</summary>
internal sealed class InputRecord
{
    private static readonly JsonElement _noPayload = JsonElement.Parse("{}");

    public required long Sequence { get; init; }

    public required InputRoute Route { get; init; }

    public InputTrigger Trigger { get; init; }

    /// <summary>A message's payload, or the whole record of a handover.</summary>
    public JsonElement Payload { get; init; } = _noPayload;

    public UIMessage? Message { get; init; }

    /// <summary>Why the turn must fail; null if it need not.</summary>
    public string? Fault { get; init; }

    /// <summary>What the server set for the turn; null for nothing.</summary>
    public MessageTerms? Terms { get; init; }

    /// <summary>When it was appended, in Unix milliseconds; null for a message that was made up.</summary>
    public long? AppendedAt { get; private set; }

    /// <summary>The trace that its append was part of, as it is stored; or null.</summary>
    public string? TraceParent { get; private set; }

    /// <summary>Whether a stop landed before the turn could begin.</summary>
    public bool IsStopped { get; set; }

    /// <summary>Whether an agent's recovery decided that nobody answers it: its turn is a boundary and nothing else.</summary>
    public bool IsDropped { get; set; }

    public JsonElement? Metadata => Field("metadata");

    public JsonElement? Action => Field("action");

    /// <summary>Whether the webhook ingress made the action; no client can say so.</summary>
    public bool IsWebhook => Text(Payload, "actionSource") == "webhook";

    /// <summary>Reads a record.</summary>
    public static InputRecord Read(StreamRecord record)
    {
        try
        {
            InputRecord input = Read(record.Sequence, Data(record.Body), MessageTerms.Of(record));
            input.AppendedAt = record.Timestamp;
            input.TraceParent = record.Header(TraceContext.Header);
            return input;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            // Anything may be appended; what is not ours is stored and ignored.
            return new InputRecord { Sequence = record.Sequence, Route = InputRoute.Unknown };
        }
    }

    /// <summary>A message that an agent's recovery made up.</summary>
    public static InputRecord Of(long sequence, UIMessage message) =>
        new() { Sequence = sequence, Route = InputRoute.Message, Trigger = InputTrigger.Submit, Message = message };

    /// <summary>The same record with another message, or without one.</summary>
    public InputRecord With(UIMessage? message) =>
        new()
        {
            Sequence = Sequence,
            Route = Route,
            Trigger = Trigger,
            Payload = Payload,
            Message = message,
            Fault = Fault,
            Terms = Terms,
            IsStopped = IsStopped,
            IsDropped = IsDropped,
            AppendedAt = AppendedAt,
            TraceParent = TraceParent,
        };

    private static InputRecord Read(long sequence, JsonElement input, MessageTerms? terms)
    {
        switch (Text(input, "kind"))
        {
            case "message" when input.TryGetProperty("payload", out JsonElement payload) && payload.ValueKind == JsonValueKind.Object:
                return ReadMessage(sequence, payload, terms);
            case "stop":
                return new InputRecord { Sequence = sequence, Route = InputRoute.Stop, Terms = terms };
            case "handover":
                return new InputRecord { Sequence = sequence, Route = InputRoute.Handover, Trigger = InputTrigger.HandoverPrepare, Payload = input };
            case "handover-skip":
                return new InputRecord { Sequence = sequence, Route = InputRoute.HandoverSkip, Trigger = InputTrigger.HandoverPrepare };
            default:
                return new InputRecord { Sequence = sequence, Route = InputRoute.Unknown };
        }
    }

    private static InputRecord ReadMessage(long sequence, JsonElement payload, MessageTerms? terms)
    {
        InputTrigger trigger = TriggerOf(payload);
        UIMessage? message = null;
        string? fault = trigger == InputTrigger.Unknown ? "Unknown trigger" : null;
        if (trigger == InputTrigger.Submit
            && payload.TryGetProperty("message", out JsonElement json) && json.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined))
        {
            try
            {
                message = json.Deserialize<UIMessage>(UIJson.Options);
                fault = message is { Id.Length: > 0, Role: not UIMessageRole.System } && message.Parts.All(HasType) ? null : "Invalid message";
            }
            catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
            {
                fault = "Invalid message";
            }
        }

        return new InputRecord
        {
            Sequence = sequence,
            Route = InputRoute.Message,
            Trigger = trigger,
            Payload = payload,
            Message = fault is null ? message : null,
            Fault = fault,
            Terms = terms,
        };
    }

    // Whoever shows a message asks each part for its type first: one without would break the chat in every client, for good.
    private static bool HasType(UIMessagePart part) => part.Type.Length > 0;

    private static InputTrigger TriggerOf(JsonElement payload) => Text(payload, "trigger") switch
    {
        null when !payload.TryGetProperty("trigger", out _) => InputTrigger.Submit,
        "submit-message" => InputTrigger.Submit,
        "regenerate-message" => InputTrigger.Regenerate,
        "action" => InputTrigger.Action,
        "close" => InputTrigger.Close,
        "preload" => InputTrigger.Preload,
        "handover-prepare" => InputTrigger.HandoverPrepare,
        _ => InputTrigger.Unknown,
    };

    /// <summary>The text that was appended, as JSON.</summary>
    private static JsonElement Data(string body)
    {
        JsonElement envelope = JsonElement.Parse(body);
        return Text(envelope, "data") is { } data ? JsonElement.Parse(data) : default;
    }

    private static string? Text(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private JsonElement? Field(string name) =>
        Payload.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
