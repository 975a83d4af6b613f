using Microsoft.Extensions.DependencyInjection.Extensions;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace AgentSessions.Server.Telemetry;

/// <summary>Ties the OpenTelemetry SDK to the host: its providers are made when the host starts, and flushed when the container is disposed.</summary>
internal sealed class OpenTelemetryBuilder(IServiceCollection services) : IOpenTelemetryBuilder
{
    public IServiceCollection Services => services;

    public static OpenTelemetryBuilder Add(IServiceCollection services)
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, ProviderStart>());
        return new OpenTelemetryBuilder(services);
    }

    private sealed class ProviderStart(IServiceProvider provider) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            provider.GetService<MeterProvider>();
            provider.GetService<TracerProvider>();
            provider.GetService<LoggerProvider>();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
