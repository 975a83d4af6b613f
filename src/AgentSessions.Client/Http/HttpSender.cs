using System.Text.Json;
using AgentSessions.Protocol.Errors;

namespace AgentSessions.Client.Http;

/// <summary>The handler a request is sent through; none for the client's own.</summary>
internal readonly record struct ChosenHandler(HttpMessageHandler? Handler);

/// <summary>Sends one request once, and turns whatever goes wrong into a <see cref="SessionException"/>.</summary>
internal sealed class HttpSender(HttpClient client, HttpConnectionOptions options)
{
    /// <summary>Sends and reads what the answer says.</summary>
    /// <param name="request">The request; disposed by the caller.</param>
    /// <param name="handler">What to send it through.</param>
    /// <param name="call">What it is about.</param>
    /// <param name="read">Reads the JSON object of the answer; throws <see cref="JsonException"/> for another form, as a proxy may have cut it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<T> CallAsync<T>(
        HttpRequestMessage request, ChosenHandler handler, FailedCall call, Func<JsonElement, T> read, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.RequestTimeout, options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using HttpResponseMessage response = await SendAsync(request, handler, either.Token).ConfigureAwait(false);
            byte[] body = await response.Content.ReadAsByteArrayAsync(either.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                throw HttpErrors.Of(response, body, call, options.Time);
            }

            using JsonDocument answer = JsonDocument.Parse(body);
            return answer.RootElement.ValueKind == JsonValueKind.Object
                ? read(answer.RootElement)
                : throw new JsonException("The answer is not a JSON object.");
        }
        catch (Exception exception) when (HttpErrors.IsBroken(exception, cancellationToken))
        {
            throw HttpErrors.Unreachable(exception);
        }
    }

    /// <summary>Sends and hands out the response as soon as its headers are there. Dispose it.</summary>
    public async ValueTask<HttpResponseMessage> OpenAsync(
        HttpRequestMessage request, ChosenHandler handler, FailedCall call, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.RequestTimeout, options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        HttpResponseMessage? response = null;
        try
        {
            response = await SendAsync(request, handler, either.Token).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
            {
                return response;
            }

            byte[] body = await response.Content.ReadAsByteArrayAsync(either.Token).ConfigureAwait(false);
            throw HttpErrors.Of(response, body, call, options.Time);
        }
        catch (Exception exception)
        {
            response?.Dispose();
            if (HttpErrors.IsBroken(exception, cancellationToken))
            {
                throw HttpErrors.Unreachable(exception);
            }

            throw;
        }
    }

    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, ChosenHandler chosen, CancellationToken cancellationToken)
    {
        if (chosen.Handler is not { } handler)
        {
            return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }

        if (handler is DelegatingHandler { InnerHandler: null } first)
        {
            first.InnerHandler = new ClientHandler(client);
        }

        // The invoker holds nothing of its own, so not disposing it leaves nothing behind and the caller's handler usable.
        return new HttpMessageInvoker(handler, disposeHandler: false).SendAsync(request, cancellationToken);
    }

    /// <summary>Ends a caller's chain of handlers at the client.</summary>
    private sealed class ClientHandler(HttpClient client) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }
}
