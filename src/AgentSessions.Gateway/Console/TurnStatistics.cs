using System.Diagnostics.Metrics;

namespace AgentSessions.Gateway.Console;

/// <summary>Keeps the turns of the last hour on this node by the minute, from what the runtime measures anyway.</summary>
internal sealed class TurnStatistics : IDisposable
{
    private const string Meter = "AgentSessions";
    private const string Instrument = "agent_sessions.turn.duration";
    private const int Minutes = 60;
    private const int MaxSamples = 500;

    private readonly Lock _gate = new();
    private readonly Minute[] _minutes = [.. Enumerable.Range(0, Minutes).Select(static _ => new Minute())];
    private readonly MeterListener _listener = new();
    private readonly TimeProvider _time;

    public TurnStatistics(TimeProvider time)
    {
        _time = time;
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == Meter && instrument.Name == Instrument)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((_, seconds, tags, _) => Add(seconds, IsFailure(tags)));
        _listener.Start();
    }

    /// <summary>Sixty minutes, oldest first, the present one last.</summary>
    public IReadOnlyList<TurnMinute> LastHour()
    {
        long now = Now();
        var minutes = new TurnMinute[Minutes];
        lock (_gate)
        {
            for (int i = 0; i < Minutes; i++)
            {
                long number = now - Minutes + 1 + i;
                Minute minute = _minutes[number % Minutes];
                var at = DateTimeOffset.FromUnixTimeSeconds(number * 60);
                minutes[i] = minute.Number == number ? new TurnMinute(at, minute.Ended, minute.Failed, [.. minute.Seconds.Order()]) : new TurnMinute(at, 0, 0, []);
            }
        }

        return minutes;
    }

    public void Dispose() => _listener.Dispose();

    private void Add(double seconds, bool failed)
    {
        long number = Now();
        lock (_gate)
        {
            Minute minute = _minutes[number % Minutes];
            if (minute.Number != number)
            {
                minute.Number = number;
                minute.Ended = minute.Failed = 0;
                minute.Seconds.Clear();
            }

            minute.Ended++;
            minute.Failed += failed ? 1 : 0;
            if (minute.Seconds.Count < MaxSamples)
            {
                minute.Seconds.Add(seconds);
            }
        }
    }

    private long Now() => _time.GetUtcNow().ToUnixTimeSeconds() / 60;

    private static bool IsFailure(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (KeyValuePair<string, object?> tag in tags)
        {
            if (tag is { Key: "outcome", Value: string outcome })
            {
                return outcome.Equals("failed", StringComparison.OrdinalIgnoreCase);
            }
        }

        return false;
    }

    private sealed class Minute
    {
        public long Number { get; set; } = -1;

        public int Ended { get; set; }

        public int Failed { get; set; }

        public List<double> Seconds { get; } = [];
    }
}
