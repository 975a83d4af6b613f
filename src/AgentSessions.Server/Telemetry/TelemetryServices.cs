using AgentSessions.Core.Redaction;
using AgentSessions.Core.Telemetry;
using AgentSessions.Server.Redaction;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace AgentSessions.Server.Telemetry;

/// <summary>What operators see from outside: traces, metrics and logs over OTLP, and metrics as Prometheus reads them.</summary>
/// <remarks>
/// OTLP follows the standard <c>OTEL_*</c> variables and is off until one of them names an endpoint; until then no span is made at all.
/// Metrics are kept for <c>/metrics</c> unless <c>AgentSessions:Telemetry:Prometheus</c> is false and no port is set for them. Message text is only in traces, and only if <c>AgentSessions:Telemetry:MessageText</c> is true.
/// </remarks>
internal static class TelemetryServices
{
    private static readonly string[] _endpoints =
    [
        "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
    ];

    private static readonly string[] _meters =
    [
        TelemetryNames.Source, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime", "Npgsql",
    ];

    /// <summary>Adds the exporters. Call it before other hosted services are added, so that their first spans are seen.</summary>
    /// <exception cref="InvalidOperationException">A setting is wrong; the message names its key.</exception>
    public static void AddTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        bool exports = _endpoints.Any(key => !string.IsNullOrEmpty(configuration[key]));
        bool isScraped = IsOn(configuration, "AgentSessions:Telemetry:Prometheus", otherwise: true);
        AddMessageText(services, configuration);
        if (MetricsListenerOptions.Read(configuration) is { } listener)
        {
            isScraped = true;
            services.AddSingleton(listener).AddHostedService<MetricsListener>();
        }

        if (!exports && !isScraped)
        {
            return;
        }

        OpenTelemetryBuilder telemetry = OpenTelemetryBuilder.Add(services);
        telemetry.ConfigureResource(static resource => resource.AddService("agent-sessions", serviceVersion: typeof(TelemetryServices).Assembly.GetName().Version?.ToString(3)));
        telemetry.WithMetrics(metrics =>
        {
            metrics.AddMeter(_meters);
            if (isScraped)
            {
                var exporter = new PrometheusExporter();
                services.AddSingleton(exporter);
                metrics.AddReader(new BaseExportingMetricReader(exporter));
            }
        });
        if (exports)
        {
            // The server's own span has no attributes unless it is asked for them.
            AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);
            services.AddSingleton<RequestSpans>();
            telemetry.WithTracing(static tracing => tracing.AddSource(TelemetryNames.Source, "Microsoft.AspNetCore", "System.Net.Http", "Npgsql"));
            telemetry.WithLogging();
            telemetry.UseOtlpExporter();
        }
    }

    /// <summary>Names requests by their routes in traces, and maps <c>/metrics</c>. Call it before the gateway is mapped.</summary>
    public static void UseTelemetry(this WebApplication app)
    {
        if (app.Services.GetService<RequestSpans>() is { } spans)
        {
            app.Use(spans.InvokeAsync);
        }

        if (app.Services.GetService<PrometheusExporter>() is { } exporter)
        {
            app.MapGet(MetricsEndpoint.Path, new MetricsEndpoint(exporter).GetAsync);
        }
    }

    private static void AddMessageText(IServiceCollection services, IConfiguration configuration)
    {
        bool isOn = IsOn(configuration, "AgentSessions:Telemetry:MessageText", otherwise: false);
        ITextRedactor[] onlyHere = PatternRedactor.Read(configuration.GetSection("AgentSessions:Telemetry:RedactPatterns")) is { } redactor ? [redactor] : [];
        services.AddSingleton(provider => new MessageCapture(isOn, [.. onlyHere, .. provider.GetServices<ITextRedactor>()]));
    }

    private static bool IsOn(IConfiguration configuration, string key, bool otherwise) =>
        configuration[key] is not string text ? otherwise
        : bool.TryParse(text, out bool isOn) ? isOn : throw new InvalidOperationException($"{key} must be true or false");
}
