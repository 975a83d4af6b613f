using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Webhooks;

/// <summary>Posts one event to one endpoint. Redirects are not followed, proxies not used, and answers not read.</summary>
internal sealed class WebhookSender : IDisposable
{
    /// <summary>The result of a try that the endpoint did not answer in time.</summary>
    public const string TimedOut = "timeout";

    private readonly WebhookOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpClient _public = Client(isPublicOnly: true);
    private readonly HttpClient _any = Client(isPublicOnly: false);

    public WebhookSender(IOptions<WebhookOptions> options, TimeProvider time)
    {
        _options = options.Value;
        _time = time;
    }

    /// <summary>One try.</summary>
    /// <returns>Whether it was taken, and what it came to.</returns>
    public async ValueTask<(bool Delivered, string Result)> SendAsync(string endpoint, WebhookEvent happened, CancellationToken cancellationToken)
    {
        if (!_options.Endpoints.TryGetValue(endpoint, out WebhookEndpointOptions? target))
        {
            return (false, "no such endpoint any more");
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(_options.Timeout);
        try
        {
            if (WebhookSecret.TryParse(target.Secret ?? File.ReadAllText(target.SecretFile!)) is not { } secret)
            {
                // A file is read at each try, so that it can be changed. What is not signed is not sent.
                return (false, "no valid secret");
            }

            using HttpRequestMessage request = Request(target, secret, happened);
            HttpClient client = target.AllowPrivateNetwork ? _any : _public;
            using HttpResponseMessage answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token);
            int status = (int)answer.StatusCode;
            return (answer.IsSuccessStatusCode, status.ToString(CultureInfo.InvariantCulture));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (false, TimedOut);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or UnauthorizedAccessException)
        {
            return (false, exception is HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } http ? http.HttpRequestError.ToString() : "not sent");
        }
    }

    public void Dispose()
    {
        _public.Dispose();
        _any.Dispose();
    }

    private HttpRequestMessage Request(WebhookEndpointOptions target, WebhookSecret secret, WebhookEvent happened)
    {
        byte[] body = happened.Body();
        string now = _time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        WebhookSecret? previous = target.PreviousSecret is { } text ? WebhookSecret.TryParse(text) : null;
        string signatures = string.Join(' ', new[] { secret, previous }.OfType<WebhookSecret>().Select(each => each.Sign(happened.Id, now, body)));
        var request = new HttpRequestMessage(HttpMethod.Post, target.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.UserAgent.ParseAdd("AgentSessions-Webhooks/1");
        request.Headers.Add("webhook-id", happened.Id);
        request.Headers.Add("webhook-timestamp", now);
        request.Headers.Add("webhook-signature", signatures);
        return request;
    }

    private static HttpClient Client(bool isPublicOnly)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            ConnectCallback = isPublicOnly
                ? static (context, cancellationToken) => PublicNetwork.ConnectAsync(context.DnsEndPoint, PublicNetwork.Contains, cancellationToken)
                : static (context, cancellationToken) => PublicNetwork.ConnectAsync(context.DnsEndPoint, PublicNetwork.IsBeyondTheLink, cancellationToken),
        };
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }
}
