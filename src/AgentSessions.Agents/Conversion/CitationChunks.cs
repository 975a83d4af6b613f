using System.Text.Json;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Conversion;

/// <summary>Sources a text cites. A source's id is its address, so that the same one is the same everywhere.</summary>
internal static class CitationChunks
{
    // A cited file has no media type of its own, and readers insist on one.
    private const string UnknownMediaType = "application/octet-stream";

    /// <returns>Null for a citation that names no source.</returns>
    public static (string Key, UIMessageChunk Chunk)? Chunk(CitationAnnotation citation, JsonElement? metadata)
    {
        if (citation.Url?.ToString() is { } url)
        {
            return (url, new SourceUrlChunk(url, url) { Title = citation.Title, ProviderMetadata = metadata });
        }

        return citation.FileId is { } file
            ? (file, new SourceDocumentChunk(file, UnknownMediaType, citation.Title ?? file) { ProviderMetadata = metadata })
            : null;
    }
}
