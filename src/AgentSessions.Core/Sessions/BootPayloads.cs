using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentSessions.Core.Sessions;

/// <summary>Makes a run's boot payload from the session's trigger configuration (wire document, sections 4.2 and 7.4).</summary>
internal static class BootPayloads
{
    private static readonly string[] _firstMessageKeys = ["message", "messages", "trigger"];

    /// <summary>The payload of a session's first run.</summary>
    /// <param name="triggerConfig">The configuration.</param>
    /// <param name="sessionId">The friendly id.</param>
    /// <param name="withoutMessage">Whether the first message went through <c>in</c> and so must not be in the payload too.</param>
    public static string Initial(string triggerConfig, string sessionId, bool withoutMessage)
    {
        JsonObject payload = Base(triggerConfig, sessionId);
        if (withoutMessage)
        {
            StripMessage(payload);
        }

        return payload.ToJsonString(InputJson.Options);
    }

    /// <summary>The payload of a run that follows another.</summary>
    public static string Continuation(string triggerConfig, string sessionId, string? previousRunId)
    {
        JsonObject payload = Base(triggerConfig, sessionId);
        StripMessage(payload);
        payload["continuation"] = true;
        if (previousRunId is not null)
        {
            payload["previousRunId"] = previousRunId;
        }

        return payload.ToJsonString(InputJson.Options);
    }

    /// <summary>The first message as an <c>in</c> record's text in UTF-8, or null when the configuration carries none.</summary>
    public static byte[]? FirstMessage(string triggerConfig)
    {
        JsonObject payload = BasePayload(Config(triggerConfig));
        string? trigger = TriggerOf(payload);
        bool isTurn = trigger switch
        {
            "submit-message" or null => payload["message"] is JsonObject,
            "regenerate-message" or "action" => true,
            _ => false,
        };
        if (!isTurn)
        {
            return null;
        }

        payload.Remove("messages");
        payload["trigger"] = trigger ?? "submit-message";
        return InputJson.Message(payload.ToJsonString(InputJson.Options));
    }

    /// <summary>How the session's first run begins, such as <c>preload</c>; null when the configuration does not say.</summary>
    public static string? Trigger(string triggerConfig) => TriggerOf(BasePayload(Config(triggerConfig)));

    /// <summary>Labels for the configuration's runs.</summary>
    public static IReadOnlyList<string> RunTags(string triggerConfig)
    {
        using JsonDocument config = JsonDocument.Parse(triggerConfig);
        return config.RootElement.TryGetProperty("tags", out JsonElement tags) && tags.ValueKind == JsonValueKind.Array
            ? [.. tags.EnumerateArray().Where(static tag => tag.ValueKind == JsonValueKind.String).Select(static tag => tag.GetString()!)]
            : [];
    }

    private static JsonObject Base(string triggerConfig, string sessionId)
    {
        JsonObject config = Config(triggerConfig);
        JsonObject payload = BasePayload(config).DeepClone().AsObject();
        if (config["idleTimeoutInSeconds"] is JsonNode idle)
        {
            payload["idleTimeoutInSeconds"] = idle.DeepClone();
        }

        payload["sessionId"] = sessionId;
        return payload;
    }

    private static JsonObject Config(string triggerConfig) => ClientObject.Parse(triggerConfig) ?? [];

    /// <summary>What the client wrote, without what only the server may say.</summary>
    private static JsonObject BasePayload(JsonObject config)
    {
        JsonObject payload = config["basePayload"] as JsonObject ?? [];
        payload.Remove("continuation");
        payload.Remove("previousRunId");
        if (InputJson.Text(payload["actionSource"]) == WebhookMark.Value)
        {
            payload.Remove("actionSource");
        }

        return payload;
    }

    private static string? TriggerOf(JsonObject payload) => InputJson.Text(payload["trigger"]);

    private static void StripMessage(JsonObject payload)
    {
        foreach (string key in _firstMessageKeys)
        {
            payload.Remove(key);
        }
    }
}
