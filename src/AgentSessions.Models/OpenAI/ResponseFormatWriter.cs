using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentSessions.Models.OpenAI;

/// <summary>Writes what shape the answer must have.</summary>
internal static class ResponseFormatWriter
{
    public static void Write(RequestBodyWriter body, Utf8JsonWriter json, ChatResponseFormat? format)
    {
        if (format is not ChatResponseFormatJson asked || !body.Owns("response_format"))
        {
            return;
        }

        json.WriteStartObject();
        if (asked.Schema is { } schema)
        {
            json.WriteString("type", "json_schema");
            json.WriteStartObject("json_schema");
            json.WriteString("name", Names.Fit(asked.SchemaName, "response"));
            if (asked.SchemaDescription is { Length: > 0 } description)
            {
                json.WriteString("description", description);
            }

            json.WritePropertyName("schema");
            schema.WriteTo(json);
            json.WriteEndObject();
        }
        else
        {
            json.WriteString("type", "json_object");
        }

        json.WriteEndObject();
    }
}
