using System.Text.Json;

namespace AgentSessions.Core.Sessions;

/// <summary>The version of its agent that a session is locked to: <c>lockToVersion</c> of its trigger configuration. An upgrade never clears it.</summary>
internal static class SessionPin
{
    public static string? Of(SessionRow row) => Of(row.TriggerConfig);

    public static string? Of(string triggerConfig)
    {
        JsonElement config = JsonElement.Parse(triggerConfig);
        return config.ValueKind == JsonValueKind.Object && config.TryGetProperty("lockToVersion", out JsonElement version)
            && version.ValueKind == JsonValueKind.String && version.GetString() is { Length: > 0 } locked
            ? locked
            : null;
    }
}
