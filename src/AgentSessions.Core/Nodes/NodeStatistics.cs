using System.Diagnostics;
using System.Diagnostics.Metrics;
using AgentSessions.Core.Telemetry;

namespace AgentSessions.Core.Nodes;

/// <summary>What a node knows of itself: its memory and age, and the turns of the last hour by the minute, from what the runtime measures anyway.</summary>
public sealed class NodeStatistics : IDisposable
{
    private const int Minutes = 60;

    private readonly Lock _gate = new();
    private readonly Minute[] _minutes = [.. Enumerable.Range(0, Minutes).Select(static _ => new Minute())];
    private readonly MeterListener _listener = new();
    private readonly TimeProvider _time;
    private readonly long _startedAt;

    /// <summary>Begins to listen.</summary>
    public NodeStatistics(TimeProvider time)
    {
        _time = time;
        _startedAt = time.GetTimestamp();
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == TelemetryNames.Source && instrument.Name is (TelemetryNames.TurnDuration or TelemetryNames.FirstChunk))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((instrument, seconds, tags, _) =>
        {
            if (instrument.Name == TelemetryNames.TurnDuration)
            {
                AddTurn(seconds, IsFailure(tags));
            }
            else
            {
                AddFirstChunk(seconds);
            }
        });
        _listener.Start();
    }

    /// <summary>Adds to what an engine says of this node what it knows.</summary>
    public NodeInfo Describe(NodeInfo node)
    {
        using var process = Process.GetCurrentProcess();
        return node with
        {
            MemoryBytes = process.WorkingSet64,
            UptimeSeconds = (long)_time.GetElapsedTime(_startedAt).TotalSeconds,
            LastHour = LastHour(),
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    /// <summary>The minutes of the last hour in which something happened.</summary>
    private List<TurnMinute> LastHour()
    {
        long oldest = Now() - Minutes + 1;
        lock (_gate)
        {
            return [.. _minutes.Where(minute => minute.Number >= oldest).OrderBy(static minute => minute.Number).Select(static minute => minute.Copy())];
        }
    }

    private void AddTurn(double seconds, bool failed)
    {
        lock (_gate)
        {
            Minute minute = Present();
            minute.Ended++;
            minute.Failed += failed ? 1 : 0;
            Count(minute.Durations, seconds);
        }
    }

    private void AddFirstChunk(double seconds)
    {
        lock (_gate)
        {
            Count(Present().FirstChunks, seconds);
        }
    }

    private static void Count(Dictionary<int, int> buckets, double seconds)
    {
        int bucket = Latencies.BucketOf(seconds);
        buckets[bucket] = buckets.GetValueOrDefault(bucket) + 1;
    }

    private Minute Present()
    {
        long number = Now();
        Minute minute = _minutes[number % Minutes];
        if (minute.Number != number)
        {
            minute.Begin(number);
        }

        return minute;
    }

    private long Now() => _time.GetUtcNow().ToUnixTimeSeconds() / 60;

    private static bool IsFailure(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (KeyValuePair<string, object?> tag in tags)
        {
            if (tag is { Key: TelemetryNames.Outcome, Value: string outcome })
            {
                return outcome.Equals("failed", StringComparison.OrdinalIgnoreCase);
            }
        }

        return false;
    }

    private sealed class Minute
    {
        public long Number { get; private set; } = -1;

        public int Ended { get; set; }

        public int Failed { get; set; }

        public Dictionary<int, int> Durations { get; } = [];

        public Dictionary<int, int> FirstChunks { get; } = [];

        public void Begin(long number)
        {
            Number = number;
            Ended = Failed = 0;
            Durations.Clear();
            FirstChunks.Clear();
        }

        public TurnMinute Copy() => new(
            Number, Ended, Failed, new Latencies(new Dictionary<int, int>(Durations)), new Latencies(new Dictionary<int, int>(FirstChunks)));
    }
}
