using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Conversion;

/// <summary>The model's content for the parts that are no tool calls; null for what the model is not told.</summary>
internal static class PartContents
{
    public static AIContent? OfUser(UIMessagePart part) => part switch
    {
        TextPart text => Text(text),
        FilePart file => File(file),
        _ => null,
    };

    public static AIContent? OfAssistant(UIMessagePart part) => part switch
    {
        ReasoningPart reasoning => Reasoning(reasoning),
        _ => OfUser(part),
    };

    // Providers refuse empty text, and a message cut off right after text-start holds one.
    private static TextContent? Text(TextPart part) =>
        part.Text.Length == 0 ? null : new TextContent(part.Text).With(part.ProviderMetadata);

    private static TextReasoningContent? Reasoning(ReasoningPart part)
    {
        string? protectedData = ContentMetadata.ReadProtectedData(part.ProviderMetadata);
        return part.Text.Length == 0 && part.ProviderMetadata is null
            ? null
            : new TextReasoningContent(part.Text) { ProtectedData = protectedData }.With(part.ProviderMetadata);
    }

    private static AIContent File(FilePart part)
    {
        try
        {
            AIContent content = part.Url.StartsWith("data:", StringComparison.OrdinalIgnoreCase)
                ? new DataContent(part.Url, part.MediaType) { Name = part.Filename }
                : Address(part);
            return content.With(part.ProviderMetadata);
        }
        catch (Exception unreadable) when (unreadable is ArgumentException or FormatException)
        {
            // The address is the client's. Failing here would fail every later turn of the conversation as well.
            return new TextContent($"[The file {part.Filename ?? part.MediaType} cannot be read.]");
        }
    }

    private static UriContent Address(FilePart part)
    {
        var content = new UriContent(part.Url, part.MediaType);

        // A rooted path counts as a file of this machine, and no client may point at those.
        return content.Uri.IsFile ? throw new FormatException("Not an address the model could reach.") : content;
    }
}
