using System.Diagnostics.Metrics;

namespace AgentSessions.Gateway.Console;

/// <summary>Keeps the turns of the last hour on this node by the minute, from what the runtime measures anyway.</summary>
internal sealed class TurnStatistics : IDisposable
{
    private const string Meter = "AgentSessions";
    private const string Duration = "agent_sessions.turn.duration";
    private const string FirstChunk = "agent_sessions.turn.first_chunk";
    private const string Outcome = "agent_sessions.outcome";
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
            if (instrument.Meter.Name == Meter && instrument.Name is (Duration or FirstChunk))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((instrument, seconds, tags, _) =>
        {
            if (instrument.Name == Duration)
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
                minutes[i] = minute.Number == number
                    ? new TurnMinute(at, minute.Ended, minute.Failed, [.. minute.Seconds.Order()], [.. minute.FirstChunks.Order()])
                    : new TurnMinute(at, 0, 0, [], []);
            }
        }

        return minutes;
    }

    public void Dispose() => _listener.Dispose();

    private void AddTurn(double seconds, bool failed)
    {
        lock (_gate)
        {
            Minute minute = Present();
            minute.Ended++;
            minute.Failed += failed ? 1 : 0;
            Sample(minute.Seconds, seconds);
        }
    }

    private void AddFirstChunk(double seconds)
    {
        lock (_gate)
        {
            Sample(Present().FirstChunks, seconds);
        }
    }

    private static void Sample(List<double> samples, double seconds)
    {
        if (samples.Count < MaxSamples)
        {
            samples.Add(seconds);
        }
    }

    private Minute Present()
    {
        long number = Now();
        Minute minute = _minutes[number % Minutes];
        if (minute.Number != number)
        {
            minute.Number = number;
            minute.Ended = minute.Failed = 0;
            minute.Seconds.Clear();
            minute.FirstChunks.Clear();
        }

        return minute;
    }

    private long Now() => _time.GetUtcNow().ToUnixTimeSeconds() / 60;

    private static bool IsFailure(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (KeyValuePair<string, object?> tag in tags)
        {
            if (tag is { Key: Outcome, Value: string outcome })
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

        public List<double> FirstChunks { get; } = [];
    }
}
