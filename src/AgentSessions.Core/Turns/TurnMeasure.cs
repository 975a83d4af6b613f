using System.Diagnostics;
using AgentSessions.Agents;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Runs.Input;
using AgentSessions.Core.Runs.State;
using AgentSessions.Core.Telemetry;

namespace AgentSessions.Core.Turns;

/// <summary>The span and the metrics of one turn, from its begin until it is disposed of.</summary>
internal sealed class TurnMeasure : IDisposable
{
    private readonly RunState _run;
    private readonly Turn _turn;
    private readonly InputRecord _record;
    private readonly Activity? _activity;
    private readonly long _started;
    private TurnOutcome _outcome = TurnOutcome.Aborted;
    private int _isOver;

    public TurnMeasure(RunState run, Turn turn, InputRecord record)
    {
        _run = run;
        _turn = turn;
        _record = record;
        _started = run.Shared.Time.GetTimestamp();
        _activity = AgentTelemetry.StartTurn(
            run.AgentName, run.SessionId, run.RunId, turn.Number, turn.Trigger.WireName(), TraceContext.Of(record.TraceParent));
        TimeSpan? waited = SinceAppend();
        AgentMetrics.TurnStarted(run.AgentName, waited);
        run.Shared.Turns.Begin(run.Start.Session.Key);
        _activity?.SetTag(TelemetryNames.QueueWaitSeconds, waited?.TotalSeconds);
    }

    /// <summary>How long the turn has taken so far.</summary>
    public TimeSpan Elapsed => _run.Shared.Time.GetElapsedTime(_started);

    /// <summary>The first content of the answer is durable.</summary>
    public void SaidFirst()
    {
        if (SinceAppend() is { } since)
        {
            AgentMetrics.FirstChunk(_run.AgentName, since);
            _activity?.SetTag(TelemetryNames.FirstChunkSeconds, since.TotalSeconds);
        }
    }

    /// <summary>The agent is done, or was left behind.</summary>
    public void Answered(TurnOutcome outcome, Exception? error)
    {
        _outcome = outcome;
        if (_activity is not null)
        {
            _run.Shared.Capture.For(_run.Options.Privacy)?.Turn(_activity, _turn.Message?.Text, _turn.Writer.Build()?.Text);
        }

        _activity?.SetTag(TelemetryNames.Outcome, outcome.ToString());
        _activity?.SetStatus(error is null ? ActivityStatusCode.Ok : ActivityStatusCode.Error);
    }

    public void Dispose()
    {
        // An author's loop may come to the end of its turn just when the run is cut off.
        if (Interlocked.Exchange(ref _isOver, 1) == 0)
        {
            AgentMetrics.TurnEnded(_run.AgentName, _outcome.ToString(), Elapsed);
            _run.Shared.Turns.End();
            _activity?.Dispose();
        }
    }

    /// <summary>How long ago the message was appended; null for one that recovery made up. Zero when the clock was set back.</summary>
    private TimeSpan? SinceAppend()
    {
        if (_record.AppendedAt is not { } appended)
        {
            return null;
        }

        TimeSpan since = _run.Shared.Time.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(appended);
        return since > TimeSpan.Zero ? since : TimeSpan.Zero;
    }
}
