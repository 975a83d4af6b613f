using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentSessions.Models.OpenAI;

/// <summary>A tool call's arguments: an object in the conversation, a JSON text on the wire.</summary>
internal static class ToolArguments
{
    /// <summary>The library's options, which know every content type, without their indentation.</summary>
    public static JsonSerializerOptions Json { get; } = MakeOptions();

    public static string Write(IDictionary<string, object?>? arguments) =>
        arguments is null or { Count: 0 } ? "{}" : JsonSerializer.Serialize(arguments, Json);

    /// <summary>The call; with its <see cref="FunctionCallContent.Exception"/> set when the text is not a JSON object.</summary>
    public static FunctionCallContent Read(string callId, string name, string text) => FunctionCallContent.CreateFromParsedArguments(
        string.IsNullOrWhiteSpace(text) ? "{}" : text,
        callId,
        name,
        static json => JsonSerializer.Deserialize<Dictionary<string, object?>>(json, Json) ?? []);

    private static JsonSerializerOptions MakeOptions()
    {
        JsonSerializerOptions options = new(AIJsonUtilities.DefaultOptions) { WriteIndented = false };
        options.MakeReadOnly();
        return options;
    }
}
