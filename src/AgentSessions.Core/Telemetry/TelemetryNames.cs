namespace AgentSessions.Core.Telemetry;

/// <summary>Every name of our own in traces and metrics. Dashboards and alerts are written against these: add, never change.</summary>
public static class TelemetryNames
{
    /// <summary>The activity source and the meter.</summary>
    public const string Source = "AgentSessions";

    internal const string TurnDuration = "agent_sessions.turn.duration";
    internal const string LiveTurns = "agent_sessions.turns.live";
    internal const string FirstChunk = "agent_sessions.turn.first_chunk";
    internal const string QueueWait = "agent_sessions.turn.queue_wait";
    internal const string Chunks = "agent_sessions.chunks";
    internal const string AppendDuration = "agent_sessions.append.duration";
    internal const string TailLag = "agent_sessions.tail.lag";
    internal const string Readers = "agent_sessions.readers";
    internal const string Runs = "agent_sessions.runs";
    internal const string Tokens = "agent_sessions.tokens";
    internal const string BudgetUse = "agent_sessions.budget.use";
    internal const string BudgetRefusals = "agent_sessions.budget.exceeded";
    internal const string Stored = "agent_sessions.stored";
    internal const string StoredLimit = "agent_sessions.stored.limit";

    internal const string RunId = "agent_sessions.run.id";
    internal const string Turn = "agent_sessions.turn";
    internal const string Trigger = "agent_sessions.trigger";
    internal const string Outcome = "agent_sessions.outcome";
    internal const string Stream = "agent_sessions.stream";
    internal const string BudgetScope = "agent_sessions.budget.scope";
    internal const string BudgetKind = "agent_sessions.budget.kind";
    internal const string Environment = "agent_sessions.environment";
    internal const string QueueWaitSeconds = "agent_sessions.queue_wait";
    internal const string FirstChunkSeconds = "agent_sessions.first_chunk";
}
