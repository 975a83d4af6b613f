using System.Net;
using System.Text.Json;

namespace AgentSessions.Operations.Tests;

/// <summary>Whoever takes a wrong path reads why as JSON, in a browser of another origin too.</summary>
[Collection(SharedServer.Collection)]
public sealed class UnknownPathTests(SharedServer server)
{
    [Theory]
    [InlineData("GET", "/nope", 404)]
    [InlineData("POST", "/nope/deeper?and=query", 404)]
    [InlineData("GET", "/v1/sessions", 404)]
    [InlineData("GET", "/api", 404)]
    [InlineData("GET", "/api/nope", 404)]
    [InlineData("DELETE", "/api/chat/nope", 404)]
    [InlineData("GET", "/realtime", 404)]
    [InlineData("GET", "/realtime/v1/nope", 404)]
    [InlineData("POST", "/console", 405)]
    [InlineData("POST", "/health/live", 405)]
    [InlineData("PUT", "/api/chat/models", 405)]
    [InlineData("DELETE", "/mcp", 405)]
    [InlineData("PATCH", "/openapi/v1.json", 405)]
    public async Task UnknownPath_OrMethod_IsExplainedAsJson(string method, string path, int status)
    {
        using var http = new HttpClient { BaseAddress = server.Process.BaseUrl };
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Headers = { { "Origin", "http://app.example" }, { "Accept", "text/html" } } };

        using HttpResponseMessage answer = await http.SendAsync(request);

        Assert.Equal((HttpStatusCode)status, answer.StatusCode);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.False(string.IsNullOrEmpty(body.RootElement.GetProperty("error").GetString()));
        Assert.Equal("*", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.Equal(status == 405, answer.Content.Headers.Allow.Count > 0);
    }

    [Fact]
    public async Task Pages_AnswerAsBefore()
    {
        using var http = new HttpClient { BaseAddress = server.Process.BaseUrl };

        using HttpResponseMessage page = await http.GetAsync("/console");

        Assert.Equal((HttpStatusCode.OK, "text/html"), (page.StatusCode, page.Content.Headers.ContentType?.MediaType));
        Assert.False(page.Headers.Contains("Access-Control-Allow-Origin"));
    }
}
