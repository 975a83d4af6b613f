using System.Net;
using System.Text.Json;
using AgentSessions.Gateway.Tests.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Gateway.Tests.OpenApi;

/// <summary>docs/openapi.json is what the server serves, and describes each of its routes and no other.</summary>
public sealed class OpenApiTests(GatewayServer server) : IClassFixture<GatewayServer>
{
    /// <summary>Served by the host, not by the gateway; and what only the store of files offers.</summary>
    private static readonly string[] _hosts = ["GET /metrics", "POST /api/v1/backups"];

    [Fact]
    public async Task Document_IsTheCommittedOne() =>
        Assert.Equal(await File.ReadAllTextAsync(Committed()), (await server.SendAsync("GET", "/openapi/v1.json", null, token: null)).Text);

    [Fact]
    public async Task Document_DescribesEveryRouteAndNoOther()
    {
        JsonElement document = (await server.SendAsync("GET", "/openapi/v1.json", null, token: null)).Json;
        string[] described = [.. document.GetProperty("paths").EnumerateObject()
            .SelectMany(static path => path.Value.EnumerateObject().Select(method => $"{method.Name.ToUpperInvariant()} {path.Name}"))];

        string[] mapped = [.. server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(static endpoint => !endpoint.RoutePattern.RawText!.EndsWith(".js", StringComparison.Ordinal))
            .SelectMany(static endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods
                .Select(method => $"{method} {endpoint.RoutePattern.RawText}"))];

        Assert.Equal(mapped.Concat(_hosts).Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Document_RefersOnlyToWhatItHolds()
    {
        string text = (await server.SendAsync("GET", "/openapi/v1.json", null, token: null)).Text;
        JsonElement document = JsonElement.Parse(text);
        JsonElement schemas = document.GetProperty("components").GetProperty("schemas");

        Assert.StartsWith("3.1.", document.GetProperty("openapi").GetString());
        foreach (string reference in References(document))
        {
            Assert.True(schemas.TryGetProperty(reference.Replace("#/components/schemas/", ""), out _), reference);
        }
    }

    [Fact]
    public async Task Document_SaysWhatBodiesHold()
    {
        JsonElement document = (await server.SendAsync("GET", "/openapi/v1.json", null, token: null)).Json;

        string[] loose = [.. document.GetProperty("paths").EnumerateObject()
            .SelectMany(static path => path.Value.EnumerateObject().Select(method => (Name: $"{method.Name} {path.Name}", Schemas: Schemas(method.Value))))
            .Where(static operation => operation.Schemas.Any(IsLoose))
            .Select(static operation => operation.Name)];

        Assert.Empty(loose);
    }

    [Fact]
    public async Task Page_NeedsNothingFromElsewhere()
    {
        Answer page = await server.SendAsync("GET", "/openapi", null, token: null);
        Answer script = await server.SendAsync("GET", "/openapi/reader.js", null, token: null);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (page.Status, script.Status));
        Assert.DoesNotContain("http://", page.Text + script.Text);
        Assert.DoesNotContain("https://", page.Text + script.Text);
        Assert.Contains("default-src 'none'", page.Header("Content-Security-Policy"));
    }

    private static bool IsLoose(JsonElement schema) =>
        schema.TryGetProperty("type", out JsonElement type) && type.ValueEquals("object") && !schema.TryGetProperty("properties", out _);

    /// <summary>The schemas of an operation's bodies and answers.</summary>
    private static IEnumerable<JsonElement> Schemas(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().SelectMany(static field =>
            field is { Name: "schema", Value.ValueKind: JsonValueKind.Object } ? [field.Value] : Schemas(field.Value)),
        JsonValueKind.Array => json.EnumerateArray().SelectMany(Schemas),
        _ => [],
    };

    private static IEnumerable<string> References(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().SelectMany(static field =>
            field is { Name: "$ref", Value.ValueKind: JsonValueKind.String } ? [field.Value.GetString()!] : References(field.Value)),
        JsonValueKind.Array => json.EnumerateArray().SelectMany(References),
        _ => [],
    };

    private static string Committed()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "AgentSessions.sln")))
        {
            folder = folder.Parent;
        }

        return Path.Combine(folder!.FullName, "docs", "openapi.json");
    }
}
