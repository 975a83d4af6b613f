using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Extensions.AI;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace AgentSessions.Models.Mcp;

/// <summary>Turns what a tool gave into a result for the model, no larger than allowed.</summary>
internal static class McpOutput
{
    /// <returns>Structured content as JSON; text alone as a string; otherwise the contents, files included.</returns>
    public static object? Read(CallToolResult result, int maxBytes)
    {
        if (result.StructuredContent is { ValueKind: not (JsonValueKind.Undefined or JsonValueKind.Null) } structured)
        {
            string json = structured.GetRawText();
            return Encoding.UTF8.GetByteCount(json) <= maxBytes ? structured : Cut(json, maxBytes);
        }

        if (result.Content.All(block => block is TextContentBlock))
        {
            return Cut(Text(result), maxBytes);
        }

        int left = maxBytes;
        List<AIContent> contents = [];
        foreach (AIContent content in result.Content.ToAIContents())
        {
            AIContent fitting = Fit(content, left);
            left -= Size(fitting);
            contents.Add(fitting);
        }

        return contents;
    }

    /// <summary>The text of a result, files left out.</summary>
    public static string Text(CallToolResult result) => string.Join('\n', result.Content.OfType<TextContentBlock>().Select(block => block.Text));

    /// <summary>The beginning of a text, with a note where the rest was.</summary>
    public static string Cut(string text, int maxBytes)
    {
        int bytes = Encoding.UTF8.GetByteCount(text);
        if (bytes <= maxBytes)
        {
            return text;
        }

        // Whole characters only: it stops before the one that the limit would cut.
        byte[] kept = new byte[Math.Max(maxBytes, 0)];
        Utf8.FromUtf16(text, kept, out _, out int used);
        return $"{Encoding.UTF8.GetString(kept, 0, used)}\n[cut off here: {used} of {bytes} bytes]";
    }

    private static AIContent Fit(AIContent content, int left) => content switch
    {
        TextContent text => Size(text) <= left ? text : new TextContent(Cut(text.Text, left)),
        DataContent data when Size(data) > left => new TextContent($"[left out: {data.MediaType} of {data.Data.Length} bytes, too large]"),
        _ => content,
    };

    private static int Size(AIContent content) => content switch
    {
        TextContent text => Encoding.UTF8.GetByteCount(text.Text),
        DataContent data => data.Data.Length,
        _ => 0,
    };
}
