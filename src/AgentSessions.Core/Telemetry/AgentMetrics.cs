using System.Diagnostics.Metrics;

namespace AgentSessions.Core.Telemetry;

/// <summary>The metrics of the runtime. Tags have few values and hold no ids. What runs often is counted per commit or per read, never per chunk.</summary>
internal static class AgentMetrics
{
    private static readonly Meter _meter = new(TelemetryNames.Source);

    private static readonly InstrumentAdvice<double> _long = new() { HistogramBucketBoundaries = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300] };
    private static readonly InstrumentAdvice<double> _short = new() { HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5] };
    private static readonly InstrumentAdvice<long> _counts = new() { HistogramBucketBoundaries = [0, 1, 10, 100, 1_000, 10_000, 100_000] };

    private static readonly InstrumentAdvice<double> _shares = new() { HistogramBucketBoundaries = [0.1, 0.25, 0.5, 0.75, 0.9, 1] };

    private static readonly Histogram<double> _turnDuration = _meter.CreateHistogram(
        TelemetryNames.TurnDuration, "s", "Time from a turn's begin to its boundary.", tags: null, advice: _long);

    private static readonly Histogram<double> _firstChunk = _meter.CreateHistogram(
        TelemetryNames.FirstChunk, "s", "Time from a message's append until the first content of its answer was durable.", tags: null, advice: _long);

    private static readonly Histogram<double> _queueWait = _meter.CreateHistogram(
        TelemetryNames.QueueWait, "s", "Time from a message's append to the begin of its turn.", tags: null, advice: _long);

    private static readonly Histogram<double> _appendDuration = _meter.CreateHistogram(
        TelemetryNames.AppendDuration, "s", "Time that the store took to make a commit durable.", tags: null, advice: _short);

    private static readonly Histogram<long> _tailLag = _meter.CreateHistogram(
        TelemetryNames.TailLag, "{record}", "How many records a reader was behind its stream after a read.", tags: null, advice: _counts);

    private static readonly Counter<long> _chunks = _meter.CreateCounter<long>(TelemetryNames.Chunks, "{chunk}", "Records that runs wrote to out.");
    private static readonly Counter<long> _tokens = _meter.CreateCounter<long>(TelemetryNames.Tokens, "{token}", "Tokens that models reported.");
    private static readonly Counter<long> _budgetExceeded = _meter.CreateCounter<long>(TelemetryNames.BudgetRefusals, "{refusal}", "What a budget did not let begin.");

    private static readonly Histogram<double> _budgetUse = _meter.CreateHistogram(
        TelemetryNames.BudgetUse, "1", "How much of its limit a budget had used or reserved whenever something was counted.", tags: null, advice: _shares);

    private static readonly UpDownCounter<long> _liveTurns = _meter.CreateUpDownCounter<long>(TelemetryNames.LiveTurns, "{turn}", "Turns that are being answered.");
    private static readonly UpDownCounter<long> _runs = _meter.CreateUpDownCounter<long>(TelemetryNames.Runs, "{run}", "Runs that live in this process.");
    private static readonly UpDownCounter<long> _readers = _meter.CreateUpDownCounter<long>(TelemetryNames.Readers, "{reader}", "Open readers of streams.");

    private static readonly Gauge<long> _stored = _meter.CreateGauge<long>(TelemetryNames.Stored, "By", "What an environment keeps, where that is bounded.");
    private static readonly Gauge<long> _storedLimit = _meter.CreateGauge<long>(TelemetryNames.StoredLimit, "By", "What an environment may keep.");

    /// <summary>Whether anybody wants to know how far readers are behind.</summary>
    public static bool MeasuresTailLag => _tailLag.Enabled;

    public static void TurnStarted(string agent, TimeSpan? waited)
    {
        _liveTurns.Add(1, Agent(agent));
        if (waited is { } time)
        {
            _queueWait.Record(time.TotalSeconds, Agent(agent));
        }
    }

    public static void TurnEnded(string agent, string outcome, TimeSpan duration)
    {
        _liveTurns.Add(-1, Agent(agent));
        _turnDuration.Record(duration.TotalSeconds, Agent(agent), new(TelemetryNames.Outcome, outcome));
    }

    public static void FirstChunk(string agent, TimeSpan since) => _firstChunk.Record(since.TotalSeconds, Agent(agent));

    /// <summary>A commit of a run's writer.</summary>
    public static void OutCommitted(string agent, int records, TimeSpan duration)
    {
        _appendDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>(TelemetryNames.Stream, "out"));
        _chunks.Add(records, Agent(agent));
    }

    /// <summary>A commit of a session.</summary>
    public static void InCommitted(TimeSpan duration) =>
        _appendDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>(TelemetryNames.Stream, "in"));

    public static void TailRead(long behind) => _tailLag.Record(behind);

    public static void TokensUsed(string agent, long input, long output)
    {
        _tokens.Add(input, Agent(agent), new(GenAINames.TokenType, GenAINames.Input));
        _tokens.Add(output, Agent(agent), new(GenAINames.TokenType, GenAINames.Output));
    }

    /// <summary>Whether anybody wants to know how much of budgets is used.</summary>
    public static bool MeasuresBudgets => _budgetUse.Enabled;

    public static void BudgetUsed(string scope, string kind, double share) =>
        _budgetUse.Record(share, new(TelemetryNames.BudgetScope, scope), new(TelemetryNames.BudgetKind, kind));

    public static void BudgetRefused(string scope, string kind) =>
        _budgetExceeded.Add(1, new(TelemetryNames.BudgetScope, scope), new(TelemetryNames.BudgetKind, kind));

    public static void Stored(string environment, long bytes, long limit)
    {
        _stored.Record(bytes, new KeyValuePair<string, object?>(TelemetryNames.Environment, environment));
        _storedLimit.Record(limit, new KeyValuePair<string, object?>(TelemetryNames.Environment, environment));
    }

    public static void RunStarted(string agent) => _runs.Add(1, Agent(agent));

    public static void RunEnded(string agent) => _runs.Add(-1, Agent(agent));

    public static void ReaderOpened() => _readers.Add(1);

    public static void ReaderClosed() => _readers.Add(-1);

    private static KeyValuePair<string, object?> Agent(string agent) => new(GenAINames.Agent, agent);
}
