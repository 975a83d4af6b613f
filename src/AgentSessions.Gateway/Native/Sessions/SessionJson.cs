using System.Text.Json;
using AgentSessions.Core.Sessions;
using AgentSessions.Gateway.Native.Wire;

namespace AgentSessions.Gateway.Native.Sessions;

/// <summary>Writes the session object (wire document, section 4.1): every key is there, nulls included.</summary>
internal static class SessionJson
{
    public static void Write(Utf8JsonWriter json, SessionRow row)
    {
        json.WriteStartObject();
        WriteFields(json, row);
        json.WriteEndObject();
    }

    public static void WriteFields(Utf8JsonWriter json, SessionRow row)
    {
        json.WriteString("id"u8, row.Id);
        json.WriteString("externalId"u8, row.ExternalId);
        json.WriteString("type"u8, row.Type);
        json.WriteString("taskIdentifier"u8, row.Agent);
        json.WriteRaw("triggerConfig"u8, row.TriggerConfig);
        json.WriteString("currentRunId"u8, row.CurrentRunId);
        json.WriteTexts("tags"u8, row.Tags);
        json.WriteRaw("metadata"u8, row.Metadata);
        json.WriteMoment("closedAt"u8, row.ClosedAt);
        json.WriteString("closedReason"u8, row.ClosedReason);
        json.WriteMoment("expiresAt"u8, row.ExpiresAt);
        json.WriteMoment("createdAt"u8, row.CreatedAt);
        json.WriteMoment("updatedAt"u8, row.UpdatedAt);
    }
}
