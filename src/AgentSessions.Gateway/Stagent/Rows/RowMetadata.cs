using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using AgentSessions.Gateway.Stagent.Entities;
using AgentSessions.Gateway.Stagent.Requests;
using AgentSessions.Gateway.Stagent.Turns;

namespace AgentSessions.Gateway.Stagent.Rows;

/// <summary>What rows and events say of requests, images and entities: the same in both.</summary>
internal static class RowMetadata
{
    private static readonly JsonWriterOptions _json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>A system row's metadata.</summary>
    public static string Of(PendingRequest request) => Build(request, static (json, request) =>
    {
        json.WriteString("type"u8, request.IsQuestion ? "question" : "permission_request");
        json.WriteString("requestId"u8, request.Id);
        WriteSubject(json, request);
    });

    /// <summary>An assistant row's metadata.</summary>
    public static string Of(TurnNote note, IReadOnlyList<Screenshot> attachments) => Build((note, attachments), static (json, row) =>
    {
        json.WriteString("modelId"u8, row.note.ModelId);
        json.WriteNumber("inputTokens"u8, row.note.InputTokens);
        json.WriteNumber("outputTokens"u8, row.note.OutputTokens);
        if (row.note.QuickAccess.Count > 0)
        {
            json.WritePropertyName("quickAccess"u8);
            Write(json, row.note.QuickAccess);
        }

        if (row.attachments.Count > 0)
        {
            json.WriteStartArray("attachments"u8);
            foreach (Screenshot screenshot in row.attachments)
            {
                json.WriteStartObject();
                WriteFields(json, screenshot);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }
    });

    /// <summary>What a request is about.</summary>
    public static void WriteSubject(Utf8JsonWriter json, PendingRequest request)
    {
        if (request.IsQuestion)
        {
            json.WritePropertyName("questions"u8);
            request.ToQuestions().WriteTo(json);
            return;
        }

        json.WriteString("toolName"u8, request.ToolName);
        json.WritePropertyName("toolInput"u8);
        if (request.Input is { ValueKind: JsonValueKind.Object } input)
        {
            input.WriteTo(json);
        }
        else
        {
            json.WriteStartObject();
            json.WriteEndObject();
        }
    }

    public static void WriteFields(Utf8JsonWriter json, Screenshot screenshot)
    {
        json.WriteString("documentId"u8, screenshot.DocumentId);
        json.WriteString("thumbnailUrl"u8, screenshot.ThumbnailUrl);
        json.WriteString("originalUrl"u8, screenshot.OriginalUrl);
        json.WriteNumber("width"u8, screenshot.Width);
        json.WriteNumber("height"u8, screenshot.Height);
    }

    public static void Write(Utf8JsonWriter json, IReadOnlyList<QuickAccessItem> items)
    {
        json.WriteStartArray();
        foreach (QuickAccessItem item in items)
        {
            json.WriteStartObject();
            json.WriteString("entityType"u8, item.EntityType);
            json.WriteString("entityId"u8, item.EntityId);
            json.WriteString("label"u8, item.Label);
            json.WriteString("href"u8, item.Href);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Build<T>(T value, Action<Utf8JsonWriter, T> write)
    {
        using var buffer = new MemoryStream(256);
        using (var json = new Utf8JsonWriter(buffer, _json))
        {
            json.WriteStartObject();
            write(json, value);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}
