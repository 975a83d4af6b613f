using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using AgentSessions.Cli.Errors;

namespace AgentSessions.Cli.Connections;

/// <summary>The server's API as JSON, for commands that show what it says. One attempt a call: whoever sits there sees a failure at once.</summary>
internal sealed class ServerApi : IDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http;
    private readonly string _base;

    public ServerApi(ServerAddress server)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(10) };
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.SecretKey);
        _base = server.Url.AbsoluteUri.TrimEnd('/');
    }

    /// <summary>Asks for something.</summary>
    /// <param name="path">Path and query, ids escaped with <see cref="Segment"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="CliException">The server refused, or did not answer within 30 s.</exception>
    public Task<JsonElement> GetAsync(string path, CancellationToken cancellationToken) => CallAsync(HttpMethod.Get, path, null, cancellationToken);

    /// <summary>As <see cref="GetAsync"/>; null if there is no such thing.</summary>
    public async Task<JsonElement?> FindAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await GetAsync(path, cancellationToken);
        }
        catch (CliException exception) when (exception.ExitCode == ExitCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Asks for a change.</summary>
    public Task<JsonElement> PostAsync(string path, string json, CancellationToken cancellationToken) =>
        CallAsync(HttpMethod.Post, path, json, cancellationToken);

    /// <summary>Asks for work that takes as long as it takes: waits until the server answers.</summary>
    public async Task<JsonElement> WorkAsync(string path, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = Request(HttpMethod.Post, path);
        using HttpResponseMessage response = await SendAsync(request, cancellationToken);
        return await ReadAsync(response, cancellationToken);
    }

    /// <summary>Deletes something.</summary>
    public Task<JsonElement> DeleteAsync(string path, CancellationToken cancellationToken) =>
        CallAsync(HttpMethod.Delete, path, null, cancellationToken);

    /// <summary>Sends a request and hands the answer out as soon as its headers are there. Dispose it.</summary>
    /// <exception cref="CliException">The server refused.</exception>
    /// <exception cref="HttpRequestException">It could not be reached.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            string body = await response.Content.ReadAsStringAsync(cancellationToken);
            throw Refusal(response.StatusCode, body);
        }
    }

    /// <summary>A request to a path of this server.</summary>
    public HttpRequestMessage Request(HttpMethod method, string path) => new(method, new Uri($"{_base}/{path}"));

    /// <summary>An id as one segment of a path.</summary>
    public static string Segment(string id) => Uri.EscapeDataString(id);

    public void Dispose() => _http.Dispose();

    private async Task<JsonElement> CallAsync(HttpMethod method, string path, string? json, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_limit);
        using HttpRequestMessage request = Request(method, path);
        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        }

        try
        {
            using HttpResponseMessage response = await SendAsync(request, limit.Token);
            return await ReadAsync(response, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CliException(ExitCode.Unreachable, $"The server did not answer within {_limit.TotalSeconds:0} s");
        }
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        byte[] body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        try
        {
            return body.Length == 0 ? default : JsonDocument.Parse(body).RootElement;
        }
        catch (JsonException)
        {
            throw new CliException(ExitCode.Unreachable, "Something else than an AgentSessions server answered: the body is no JSON");
        }
    }

    private static CliException Refusal(HttpStatusCode status, string body)
    {
        (string? error, string? code) = Read(body);
        return new CliException(CodeOf(status, code), error ?? $"The server answered {(int)status}");
    }

    private static int CodeOf(HttpStatusCode status, string? code) => (status, code) switch
    {
        (_, "session_closed" or "session_expired") => ExitCode.Closed,
        (_, "unknown_agent") or (HttpStatusCode.NotFound, _) => ExitCode.NotFound,
        (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden, _) => ExitCode.Denied,
        (HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout, _) => ExitCode.Unreachable,
        _ => ExitCode.Failed,
    };

    private static (string? Error, string? Code) Read(string body)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(body);
            return (json.RootElement.Text("error") ?? json.RootElement.Text("detail"), json.RootElement.Text("code"));
        }
        catch (JsonException)
        {
            return default;
        }
    }
}
