namespace AgentSessions.Models.Calls;

/// <summary>
/// Stands below a provider's own package for one attempt: error statuses leave as our failures, with the headers that the package drops,
/// and answers are bounded in time and size.
/// </summary>
internal sealed class WatchedHandler(HttpMessageInvoker connections, ModelCallOptions limits, Failures failures, CallTimer timer) : HttpMessageHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage response = await connections.SendAsync(request, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            using (response)
            {
                ProviderError error = ProviderError.Parse(await ErrorBody.ReadAsync(response, cancellationToken));
                throw failures.FromStatus((int)response.StatusCode, error, response.Headers);
            }
        }

        string? sent = response.Content.Headers.ContentType?.MediaType;
        if (sent is not ("application/json" or "text/event-stream"))
        {
            response.Dispose();
            throw failures.BadResponse("the content type is neither application/json nor text/event-stream", (int)response.StatusCode);
        }

        Stream stream = new WatchedStream(await response.Content.ReadAsStreamAsync(cancellationToken), timer, limits.IdleTimeout);
        StreamContent content = new(new BoundedStream(stream, limits.MaxResponseBytes, sent == "text/event-stream" ? limits.MaxEventBytes : limits.MaxResponseBytes, failures));
        foreach ((string name, IEnumerable<string> values) in response.Content.Headers)
        {
            content.Headers.TryAddWithoutValidation(name, values);
        }

        response.Content = content;
        return response;
    }
}
