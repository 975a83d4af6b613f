using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace AgentSessions.Gateway.Tests.Hosting;

/// <summary>A whole answer.</summary>
internal sealed record Answer(HttpStatusCode Status, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders, string Text)
{
    public JsonElement Json => JsonElement.Parse(Text);

    public string? Error => Field("error");

    public string? Field(string name) => Json.TryGetProperty(name, out JsonElement value) ? value.ToString() : null;

    public string? Header(string name) =>
        Headers.TryGetValues(name, out IEnumerable<string>? values) || ContentHeaders.TryGetValues(name, out values) ? string.Join(",", values) : null;
}
