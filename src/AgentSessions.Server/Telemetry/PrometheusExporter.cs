using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace AgentSessions.Server.Telemetry;

/// <summary>Writes all metrics as Prometheus text when somebody asks for them.</summary>
[ExportModes(ExportModes.Pull)]
internal sealed class PrometheusExporter : BaseExporter<Metric>, IPullMetricExporter
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(10);
    private readonly Lock _gate = new();
    private string? _text;

    /// <inheritdoc/>
    public Func<int, bool>? Collect { get; set; }

    /// <summary>The metrics as they are; null when they could not be collected in time.</summary>
    public string? Scrape()
    {
        lock (_gate)
        {
            _text = null;
            Collect?.Invoke((int)_limit.TotalMilliseconds);
            return _text;
        }
    }

    /// <inheritdoc/>
    public override ExportResult Export(in Batch<Metric> batch)
    {
        var text = new PrometheusText();
        foreach (Metric metric in batch)
        {
            text.Write(metric);
        }

        _text = text.ToString();
        return ExportResult.Success;
    }
}
