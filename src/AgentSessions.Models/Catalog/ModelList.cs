using System.Text.Json;

namespace AgentSessions.Models.Catalog;

/// <summary>A provider's list of models: <c>{"data":[{"id":…}]}</c>, of which those that do not chat are left out.</summary>
internal static class ModelList
{
    private static readonly string[] _others =
        ["embed", "whisper", "tts", "dall-e", "moderation", "realtime", "audio", "image", "transcribe", "davinci", "babbage", "rerank", "sora"];

    /// <exception cref="JsonException">It is no JSON.</exception>
    public static IEnumerable<ModelInfo> Read(byte[] json, string provider)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("data", out JsonElement data) || data.ValueKind != JsonValueKind.Array)
        {
            return [];
        }

        return [.. data.EnumerateArray()
            .Select(model => Text(model, "id") is { Length: > 0 } id ? new ModelInfo(id, Text(model, "display_name") ?? id, provider, id) : null)
            .OfType<ModelInfo>()
            .Where(static model => !_others.Any(other => model.Name.Contains(other, StringComparison.OrdinalIgnoreCase)))];
    }

    private static string? Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
