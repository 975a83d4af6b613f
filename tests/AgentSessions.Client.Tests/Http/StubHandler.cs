using System.Net;
using System.Text;

namespace AgentSessions.Client.Tests.Http;

/// <summary>Answers requests as the test says and keeps what it was sent.</summary>
internal sealed class StubHandler(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
{
    public List<(string Method, Uri Url, string? PartId, string? Authorization)> Requests { get; } = [];

    public static HttpResponseMessage Json(HttpStatusCode status, string body, params (string Name, string Value)[] headers)
    {
        var response = new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        foreach ((string name, string value) in headers)
        {
            response.Headers.Add(name, value);
        }

        return response;
    }

    public static HttpResponseMessage Events(string body)
    {
        var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(body) };
        response.Content.Headers.ContentType = new("text/event-stream");
        return response;
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests.Add((
            request.Method.Method,
            request.RequestUri!,
            request.Headers.TryGetValues("X-Part-Id", out IEnumerable<string>? values) ? values.Single() : null,
            request.Headers.Authorization?.ToString()));
        return Task.FromResult(answer(request));
    }
}
