using System.Text.Json;

namespace AgentSessions.FakeModels;

/// <summary>One request as it came over the socket.</summary>
/// <param name="Method">GET, POST, …</param>
/// <param name="Path">Without the query.</param>
/// <param name="Query">Without the question mark; empty when there is none.</param>
/// <param name="Headers">Names in any case; repeated headers are joined with a comma.</param>
/// <param name="Body">The body as UTF-8 text.</param>
/// <param name="ClientGone">Completes when the client has closed its side of the connection.</param>
public sealed record FakeRequest(
    string Method,
    string Path,
    string Query,
    IReadOnlyDictionary<string, string> Headers,
    string Body,
    Task ClientGone)
{
    /// <summary>The body read as JSON.</summary>
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    /// <summary>A header's value, or null.</summary>
    public string? Header(string name) => Headers.GetValueOrDefault(name);
}
