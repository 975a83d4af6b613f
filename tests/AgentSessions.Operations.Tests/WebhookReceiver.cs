using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Operations.Tests;

/// <summary>Takes webhooks on a free port of 127.0.0.1 and answers as it is told.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    private readonly Channel<ReceivedWebhook> _received = Channel.CreateUnbounded<ReceivedWebhook>();
    private readonly Queue<int> _statuses;
    private readonly WebApplication _app;

    private WebhookReceiver(WebApplication app, IEnumerable<int> statuses)
    {
        _app = app;
        _statuses = new Queue<int>(statuses);
    }

    public string Url => _app.Urls.Single() + "/hook";

    /// <summary>Where its redirects lead; null for nowhere.</summary>
    public string? Elsewhere { get; set; }

    /// <summary>Whether anything came that nobody has taken.</summary>
    public bool HasMore => _received.Reader.TryPeek(out _);

    /// <param name="statuses">What the first requests are answered; the rest gets 204.</param>
    public static async Task<WebhookReceiver> StartAsync(params int[] statuses)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        WebApplication app = builder.Build();
        var receiver = new WebhookReceiver(app, statuses);
        app.MapPost("/hook", receiver.TakeAsync);
        await app.StartAsync();
        return receiver;
    }

    /// <summary>The next request.</summary>
    public async Task<ReceivedWebhook> NextAsync() => await _received.Reader.ReadAsync().AsTask().WaitAsync(_limit);

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        string body = await reader.ReadToEndAsync();
        IHeaderDictionary headers = context.Request.Headers;
        int status;
        lock (_statuses)
        {
            status = _statuses.TryDequeue(out int told) ? told : StatusCodes.Status204NoContent;
        }

        context.Response.StatusCode = status;
        context.Response.Headers.Location = Elsewhere;
        _received.Writer.TryWrite(new ReceivedWebhook(
            headers["webhook-id"].ToString(), headers["webhook-timestamp"].ToString(), headers["webhook-signature"].ToString(), body));
    }
}

/// <summary>A request as it came.</summary>
internal sealed record ReceivedWebhook(string Id, string Timestamp, string Signature, string Body);
