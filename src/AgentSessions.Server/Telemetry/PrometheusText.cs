using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace AgentSessions.Server.Telemetry;

/// <summary>The text format of Prometheus, version 0.0.4: units as suffixes, sums as <c>_total</c>, buckets added up.</summary>
internal sealed class PrometheusText
{
    private readonly StringBuilder _text = new(16 * 1024);

    public void Write(Metric metric)
    {
        string name = NameOf(metric);
        switch (metric.MetricType)
        {
            case MetricType.LongSum or MetricType.DoubleSum:
                WriteSimple(metric, name + "_total", "counter");
                break;
            case MetricType.LongSumNonMonotonic or MetricType.DoubleSumNonMonotonic or MetricType.LongGauge or MetricType.DoubleGauge:
                WriteSimple(metric, name, "gauge");
                break;
            case MetricType.Histogram:
                WriteHistogram(metric, name);
                break;
            default:
                // Exponential histograms have no form in this format.
                break;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    private void WriteSimple(Metric metric, string name, string type)
    {
        WriteHead(metric, name, type);
        foreach (ref readonly MetricPoint point in metric.GetMetricPoints())
        {
            double value = metric.MetricType switch
            {
                MetricType.LongSum or MetricType.LongSumNonMonotonic => point.GetSumLong(),
                MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => point.GetSumDouble(),
                MetricType.LongGauge => point.GetGaugeLastValueLong(),
                _ => point.GetGaugeLastValueDouble(),
            };
            WriteSample(name, point.Tags, bucket: null, value);
        }
    }

    private void WriteHistogram(Metric metric, string name)
    {
        WriteHead(metric, name, "histogram");
        foreach (ref readonly MetricPoint point in metric.GetMetricPoints())
        {
            long count = 0;
            foreach (HistogramBucket bucket in point.GetHistogramBuckets())
            {
                count += bucket.BucketCount;
                WriteSample(name + "_bucket", point.Tags, bucket.ExplicitBound, count);
            }

            WriteSample(name + "_sum", point.Tags, bucket: null, point.GetHistogramSum());
            WriteSample(name + "_count", point.Tags, bucket: null, point.GetHistogramCount());
        }
    }

    private void WriteHead(Metric metric, string name, string type)
    {
        if (metric.Description.Length > 0)
        {
            _text.Append("# HELP ").Append(name).Append(' ').Append(metric.Description.Replace("\\", "\\\\").Replace("\n", "\\n")).Append('\n');
        }

        _text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
    }

    private void WriteSample(string name, ReadOnlyTagCollection tags, double? bucket, double value)
    {
        _text.Append(name);
        char separator = '{';
        foreach (KeyValuePair<string, object?> tag in tags)
        {
            WriteLabel(separator, Word(tag.Key), Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "");
            separator = ',';
        }

        if (bucket is { } bound)
        {
            WriteLabel(separator, "le", Number(bound));
            separator = ',';
        }

        _text.Append(separator == ',' ? "} " : " ").Append(Number(value)).Append('\n');
    }

    private void WriteLabel(char separator, string name, string value) => _text.Append(separator).Append(name).Append("=\"")
        .Append(value.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n")).Append('"');

    private static string NameOf(Metric metric)
    {
        string suffix = metric.Unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            "ms" => "_milliseconds",
            _ => "",
        };
        return Word(metric.Name) + suffix;
    }

    private static string Word(string name) => string.Create(name.Length, name, static (word, name) =>
    {
        for (int i = 0; i < word.Length; i++)
        {
            word[i] = char.IsAsciiLetter(name[i]) || (i > 0 && char.IsAsciiDigit(name[i])) ? name[i] : '_';
        }
    });

    private static string Number(double value) => double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : value.ToString("R", CultureInfo.InvariantCulture);
}
