using System.Text.Json;
using System.Text.Json.Nodes;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Client;

/// <summary>How a session's runs are made. It is stored with the session and takes effect on its next run.</summary>
public sealed record TriggerConfig
{
    /// <summary>Labels of the runs, each at most 128 characters. <c>chat:{chatId}</c> is put first; 10 are sent at most.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>A queue name, at most 128 characters.</summary>
    public string? Queue { get; init; }

    /// <summary>A machine preset.</summary>
    public string? Machine { get; init; }

    /// <summary>How often a message is tried again after the death of its host: 1 to 10.</summary>
    public int? MaxAttempts { get; init; }

    /// <summary>How long a run waits for the next message: 1 s to 3600 s, in whole seconds.</summary>
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>Further fields of every run's payload. <c>chatId</c>, <c>trigger</c> and <c>metadata</c> are set by the chat unless given here.</summary>
    public JsonObject? BasePayload { get; init; }

    /// <summary>The configuration as the wire has it.</summary>
    internal static string ToJson(TriggerConfig? config, string chatId, JsonElement? metadata)
    {
        JsonObject payload = config?.BasePayload?.DeepClone().AsObject() ?? [];
        payload.TryAdd("trigger", "preload");
        payload.TryAdd("chatId", chatId);
        if (metadata is JsonElement data)
        {
            payload.TryAdd("metadata", JsonNode.Parse(data.GetRawText()));
        }

        string[] tags = [.. (config?.Tags ?? []).Prepend($"chat:{chatId}").Where(static tag => tag.Length <= 128).Distinct().Take(10)];
        var json = new JsonObject { ["basePayload"] = payload, ["tags"] = JsonSerializer.SerializeToNode(tags) };
        Add(json, "queue", config?.Queue);
        Add(json, "machine", config?.Machine);
        Add(json, "maxAttempts", config?.MaxAttempts);
        Add(json, "idleTimeoutInSeconds", config?.IdleTimeout is TimeSpan idle ? (int)Math.Ceiling(idle.TotalSeconds) : null);
        return json.ToJsonString(UIJson.Options);
    }

    private static void Add(JsonObject json, string name, JsonNode? value)
    {
        if (value is not null)
        {
            json[name] = value;
        }
    }
}
