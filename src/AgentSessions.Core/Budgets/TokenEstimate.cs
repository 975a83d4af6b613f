using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentSessions.Core.Budgets;

/// <summary>About how many tokens a prompt has, for a reservation: what a call really used is known afterwards.</summary>
internal static class TokenEstimate
{
    /// <summary>English has about four bytes a token; languages in other scripts have fewer characters a token and more bytes a character.</summary>
    private const int BytesPerToken = 4;

    private const int TokensPerMessage = 4;

    /// <summary>About what providers charge for a picture.</summary>
    private const int TokensPerFile = 1600;

    /// <summary>Of a whole call.</summary>
    public static long Of(IEnumerable<ChatMessage> messages, ChatOptions options)
    {
        long tokens = OfText(options.Instructions);
        foreach (ChatMessage message in messages)
        {
            tokens += TokensPerMessage + message.Contents.Sum(Of);
        }

        return tokens + (options.Tools?.OfType<AIFunctionDeclaration>().Sum(static tool =>
            OfText(tool.Name) + OfText(tool.Description) + OfText(tool.JsonSchema.GetRawText())) ?? 0);
    }

    /// <summary>Of a text.</summary>
    public static long OfText(string? text) => text is null ? 0 : (Encoding.UTF8.GetByteCount(text) + BytesPerToken - 1) / BytesPerToken;

    private static long Of(AIContent content) => content switch
    {
        TextContent text => OfText(text.Text),
        TextReasoningContent reasoning => OfText(reasoning.Text),
        FunctionCallContent call => OfText(call.Name) + OfValue(call.Arguments),
        FunctionResultContent result => OfValue(result.Result),
        DataContent or UriContent => TokensPerFile,
        _ => 0,
    };

    private static long OfValue(object? value) => value switch
    {
        null => 0,
        string text => OfText(text),
        JsonElement json => OfText(json.GetRawText()),
        _ => OfText(JsonSerializer.Serialize(value, AIJsonUtilities.DefaultOptions)),
    };
}
