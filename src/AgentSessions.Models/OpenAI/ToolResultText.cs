using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentSessions.Models.OpenAI;

/// <summary>Writes what a tool gave as the text of a <c>tool</c> message.</summary>
internal static class ToolResultText
{
    /// <param name="media">Takes the parts that are not text.</param>
    public static string Write(FunctionResultContent result, List<AIContent> media) => result.Result switch
    {
        null when result.Exception is not null => "Error: the tool failed.",
        null => "",
        string text => text,
        JsonElement { ValueKind: JsonValueKind.String } json => json.GetString()!,
        JsonElement { ValueKind: JsonValueKind.Undefined or JsonValueKind.Null } => "",
        AIContent content => Write([content], media),
        IEnumerable<AIContent> contents => Write(contents, media),
        { } value => JsonSerializer.Serialize(value, ToolArguments.Json),
    };

    private static string Write(IEnumerable<AIContent> contents, List<AIContent> media)
    {
        List<string> texts = [];
        foreach (AIContent content in contents)
        {
            switch (content)
            {
                case TextContent text:
                    texts.Add(text.Text);
                    break;
                case DataContent or UriContent:
                    media.Add(content);
                    texts.Add("[a file, shown below]");
                    break;
                default:
                    texts.Add(JsonSerializer.Serialize(content, ToolArguments.Json));
                    break;
            }
        }

        return string.Join('\n', texts);
    }
}
