using System.Text;
using System.Text.Json;
using AgentSessions.Models.Calls;
using Microsoft.Extensions.AI;

namespace AgentSessions.Models.OpenAI;

/// <summary>Writes one part of a user's message: text, image, audio or file, as data or by address.</summary>
internal sealed class ContentPartWriter(Utf8JsonWriter json, Failures failures)
{
    public void Write(AIContent content)
    {
        switch (content)
        {
            case TextContent text:
                WriteText(text.Text);
                break;
            case DataContent data when data.HasTopLevelMediaType("image"):
                WriteImage(data.Uri, content);
                break;
            case DataContent data when data.HasTopLevelMediaType("audio"):
                WriteAudio(data);
                break;
            case DataContent data when IsText(data.MediaType):
                // Few servers take text as a file; every model reads it as text.
                WriteText($"File {data.Name ?? "without a name"}:\n{Encoding.UTF8.GetString(data.Data.Span)}");
                break;
            case DataContent data:
                WriteFile("file_data", data.Uri, data.Name ?? "file");
                break;
            case UriContent link when link.HasTopLevelMediaType("image"):
                WriteImage(link.Uri.AbsoluteUri, content);
                break;
            case UriContent link:
                WriteFile("file_data", link.Uri.AbsoluteUri, link.Uri.Segments[^1].Trim('/') is { Length: > 0 } name ? name : "file");
                break;
            case HostedFileContent hosted:
                WriteFile("file_id", hosted.FileId, hosted.Name);
                break;
            case TextReasoningContent or UsageContent or ErrorContent or InputRequestContent or InputResponseContent:
                break;
            default:
                throw failures.InvalidRequest($"content of type {content.GetType().Name} cannot be sent to a Chat Completions server");
        }
    }

    private void WriteText(string text)
    {
        json.WriteStartObject();
        json.WriteString("type", "text");
        json.WriteString("text", text);
        json.WriteEndObject();
    }

    private void WriteImage(string uri, AIContent content)
    {
        json.WriteStartObject();
        json.WriteString("type", "image_url");
        json.WriteStartObject("image_url");
        json.WriteString("url", uri);
        if (content.AdditionalProperties?.TryGetValue("detail", out object? detail) == true && detail?.ToString() is { } level)
        {
            json.WriteString("detail", level);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteAudio(DataContent data)
    {
        json.WriteStartObject();
        json.WriteString("type", "input_audio");
        json.WriteStartObject("input_audio");
        json.WriteString("data", data.Base64Data.Span);
        json.WriteString("format", data.MediaType is "audio/mpeg" or "audio/mp3" ? "mp3" : data.MediaType is "audio/wav" or "audio/x-wav" or "audio/wave" ? "wav" : data.MediaType["audio/".Length..]);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteFile(string property, string value, string? name)
    {
        json.WriteStartObject();
        json.WriteString("type", "file");
        json.WriteStartObject("file");
        if (name is not null)
        {
            json.WriteString("filename", name);
        }

        json.WriteString(property, value);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static bool IsText(string mediaType) =>
        mediaType.StartsWith("text/", StringComparison.OrdinalIgnoreCase)
        || mediaType is "application/json" or "application/xml" or "application/yaml" or "application/x-yaml" or "application/javascript";
}
