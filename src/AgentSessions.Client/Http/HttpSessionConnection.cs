using System.Globalization;
using System.Net.Http.Headers;
using AgentSessions.Client.Connections;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Client.Http;

/// <summary>A server's sessions over HTTP and server-sent events (wire document, sections 4 and 5).</summary>
public sealed class HttpSessionConnection : ISessionConnection
{
    private readonly HttpConnectionOptions _options;
    private readonly HttpSender _sender;

    /// <param name="client">Sends; not disposed here. Its own time limit should be longer than <see cref="HttpConnectionOptions.RequestTimeout"/>.</param>
    /// <param name="options">Where to and with what.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public HttpSessionConnection(HttpClient client, HttpConnectionOptions options)
    {
        options.Validate();
        _options = options;
        _sender = new HttpSender(client, options);
    }

    /// <inheritdoc/>
    public async ValueTask<SessionStarted> StartAsync(SessionStart start, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = Request(HttpMethod.Post, _options.BaseUrl, "api/v1/sessions", WireBodies.Start(start));
        return await _sender.CallAsync(request, new(), FailedCall.Start, WireBodies.Started, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<long> AppendAsync(string session, ReadOnlyMemory<byte> input, string partId, CancellationToken cancellationToken)
    {
        var chat = new ChatRequest(ChatEndpoint.In, session);
        using HttpRequestMessage request = Request(HttpMethod.Post, BaseOf(chat), $"realtime/v1/sessions/{Segment(session)}/in/append", input);
        request.Headers.Add("X-Part-Id", partId);
        return await _sender.CallAsync(request, HandlerOf(chat), FailedCall.Append, WireBodies.Sequence, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<ISessionTail> OpenOutAsync(string session, TailRequest request, CancellationToken cancellationToken)
    {
        var chat = new ChatRequest(ChatEndpoint.Out, session);
        using HttpRequestMessage message = Request(HttpMethod.Get, BaseOf(chat), $"realtime/v1/sessions/{Segment(session)}/out");
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        message.Headers.Add("Timeout-Seconds", ((int)Math.Ceiling(request.Silence.TotalSeconds)).ToString(CultureInfo.InvariantCulture));
        if (request.From.LastSequence >= 0)
        {
            message.Headers.Add("Last-Event-ID", request.From.LastSequence.ToString(CultureInfo.InvariantCulture));
        }

        if (request.PeeksSettled)
        {
            message.Headers.Add("X-Peek-Settled", "1");
        }

        HttpResponseMessage response = await _sender.OpenAsync(message, HandlerOf(chat), FailedCall.Read, cancellationToken).ConfigureAwait(false);
        return await HttpSessionTail.OpenAsync(response, _options, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<UIMessage>> ReadTranscriptAsync(string session, int limit, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = Request(
            HttpMethod.Get, _options.BaseUrl, string.Create(CultureInfo.InvariantCulture, $"api/v1/sessions/{Segment(session)}/transcript?limit={limit}"));
        return await _sender.CallAsync(request, new(), FailedCall.Read, WireBodies.Messages, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask CloseAsync(string session, string? reason, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = Request(
            HttpMethod.Post, _options.BaseUrl, $"api/v1/sessions/{Segment(session)}/close", WireBodies.Close(reason));
        await _sender.CallAsync(request, new(), FailedCall.Read, static _ => true, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask CancelRunAsync(string runId, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = Request(
            HttpMethod.Post, _options.BaseUrl, $"api/v2/runs/{Segment(runId)}/cancel", ReadOnlyMemory<byte>.Empty);
        await _sender.CallAsync(request, new(), FailedCall.Run, static _ => true, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The environment's id, which tokens are made for.</summary>
    internal async ValueTask<string> ReadEnvironmentAsync(CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = Request(HttpMethod.Post, _options.BaseUrl, "api/v1/auth/jwt/claims", ReadOnlyMemory<byte>.Empty);
        return await _sender.CallAsync(request, new(), FailedCall.Read, static answer => WireBodies.Text(answer, "sub"), cancellationToken).ConfigureAwait(false);
    }

    private Uri BaseOf(ChatRequest chat) => _options.Route?.Invoke(chat) ?? _options.BaseUrl;

    private ChosenHandler HandlerOf(ChatRequest chat) => new(_options.Handler?.Invoke(chat));

    private HttpRequestMessage Request(HttpMethod method, Uri baseUrl, string path, ReadOnlyMemory<byte>? body = null)
    {
        // As text, so that a prefix stays and an escaped slash in an id stays escaped.
        string target = $"{baseUrl.AbsoluteUri.TrimEnd('/')}/{path}";
        var request = new HttpRequestMessage(method, new Uri(target));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _options.SecretKey);
        request.Headers.Add("x-trigger-source", "sdk");
        if (body is ReadOnlyMemory<byte> bytes)
        {
            request.Content = new ReadOnlyMemoryContent(bytes);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        return request;
    }

    private static string Segment(string id) => Uri.EscapeDataString(id);
}
