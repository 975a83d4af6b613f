using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Operations.Tests;

/// <summary>Takes what the server exports, on a free port of 127.0.0.1. Bodies are kept as one character for each byte.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly List<(string Path, string Body)> _received = [];
    private readonly WebApplication _app;
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private OtlpReceiver(WebApplication app) => _app = app;

    public string Url => _app.Urls.Single();

    public static async Task<OtlpReceiver> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        WebApplication app = builder.Build();
        var receiver = new OtlpReceiver(app);
        app.MapPost("/{**path}", receiver.TakeAsync);
        await app.StartAsync();
        return receiver;
    }

    /// <summary>All bodies of a signal so far, joined, once they satisfy a condition.</summary>
    /// <exception cref="TimeoutException">They did not within 60 s.</exception>
    public async Task<string> WaitAsync(string signal, Func<string, bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            Task arrival;
            string all;
            lock (_received)
            {
                arrival = _arrived.Task;
                all = string.Concat(_received.Where(item => item.Path == $"/v1/{signal}").Select(static item => item.Body));
            }

            if (condition(all))
            {
                return all;
            }

            try
            {
                await arrival.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"No such {signal} came; {all.Length} bytes of that signal did.");
            }
        }
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        lock (_received)
        {
            _received.Add((context.Request.Path, Encoding.Latin1.GetString(body.ToArray())));
            _arrived.TrySetResult();
            _arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        context.Response.ContentType = "application/x-protobuf";
    }
}
