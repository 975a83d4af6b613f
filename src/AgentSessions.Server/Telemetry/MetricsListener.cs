using System.Net;
using System.Net.Sockets;

namespace AgentSessions.Server.Telemetry;

/// <summary>Serves <c>/metrics</c>, and nothing else, on a port of its own where no key is asked for.</summary>
/// <remarks>It is an application of its own, so no route of the server can be reached there, and the server's port asks for the key as ever.</remarks>
internal sealed partial class MetricsListener(MetricsListenerOptions options, PrometheusExporter exporter, ILogger<MetricsListener> logger) : IHostedService, IAsyncDisposable
{
    private WebApplication? _app;

    /// <exception cref="InvalidOperationException">The port cannot be used; the message names its key.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(options.Address, options.Port);
        });
        _app = builder.Build();
        _app.Run(AnswerAsync);
        try
        {
            await _app.StartAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            throw new InvalidOperationException($"{MetricsListenerOptions.PortKey}: {exception.Message}", exception);
        }

        string address = _app.Urls.First();
        LogListening(address + MetricsEndpoint.Path);
        if (!IPAddress.IsLoopback(options.Address))
        {
            LogExposed(address);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => _app?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    public ValueTask DisposeAsync() => _app?.DisposeAsync() ?? ValueTask.CompletedTask;

    private Task AnswerAsync(HttpContext context)
    {
        if (HttpMethods.IsGet(context.Request.Method) && context.Request.Path == MetricsEndpoint.Path)
        {
            return new MetricsEndpoint(exporter).WriteAsync(context);
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    [LoggerMessage(4010, LogLevel.Information, "Metrics without a key are at {Url}")]
    private partial void LogListening(string url);

    [LoggerMessage(4011, LogLevel.Warning, "Metrics without a key can be read beyond this machine, at {Address}")]
    private partial void LogExposed(string address);
}
