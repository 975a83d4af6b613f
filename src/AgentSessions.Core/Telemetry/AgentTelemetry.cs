using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace AgentSessions.Core.Telemetry;

/// <summary>Every span and metric of the runtime, and every name in them, in one place.</summary>
/// <remarks>
/// Names follow OpenTelemetry's conventions for generative AI, which are still in development. Message text, client data and tool arguments are
/// never recorded; tags have few values and hold no ids, save on spans.
/// </remarks>
internal static class AgentTelemetry
{
    /// <summary>The name of both the activity source and the meter.</summary>
    public const string Name = "AgentSessions";

    private static readonly ActivitySource _source = new(Name);
    private static readonly Meter _meter = new(Name);

    private static readonly Histogram<double> _turnDuration = _meter.CreateHistogram<double>(
        "agent_sessions.turn.duration", "s", "Time from a turn's begin to its boundary.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300] });

    private static readonly Counter<long> _tokens = _meter.CreateCounter<long>(
        "agent_sessions.tokens", "{token}", "Tokens that models reported.");

    private static readonly UpDownCounter<long> _runs = _meter.CreateUpDownCounter<long>(
        "agent_sessions.runs", "{run}", "Runs that live in this process.");

    /// <summary>A span for a turn.</summary>
    public static Activity? StartTurn(string agent, string sessionId, string runId, int turn, string trigger)
    {
        Activity? activity = _source.StartActivity($"invoke_agent {agent}", ActivityKind.Internal);
        if (activity is not null)
        {
            activity.SetTag("gen_ai.operation.name", "invoke_agent");
            activity.SetTag("gen_ai.agent.name", agent);
            activity.SetTag("gen_ai.conversation.id", sessionId);
            activity.SetTag("agent_sessions.run.id", runId);
            activity.SetTag("agent_sessions.turn", turn);
            activity.SetTag("agent_sessions.trigger", trigger);
        }

        return activity;
    }

    /// <summary>A span for a tool call.</summary>
    public static Activity? StartTool(string tool, string callId)
    {
        Activity? activity = _source.StartActivity($"execute_tool {tool}", ActivityKind.Internal);
        if (activity is not null)
        {
            activity.SetTag("gen_ai.operation.name", "execute_tool");
            activity.SetTag("gen_ai.tool.name", tool);
            activity.SetTag("gen_ai.tool.call.id", callId);
        }

        return activity;
    }

    /// <summary>A span for a model call.</summary>
    public static Activity? StartModel(string? model)
    {
        Activity? activity = _source.StartActivity(model is null ? "chat" : $"chat {model}", ActivityKind.Client);
        if (activity is not null)
        {
            activity.SetTag("gen_ai.operation.name", "chat");
            activity.SetTag("gen_ai.request.model", model);
        }

        return activity;
    }

    /// <summary>Counts a turn.</summary>
    public static void TurnEnded(string agent, string outcome, TimeSpan duration) => _turnDuration.Record(
        duration.TotalSeconds, new KeyValuePair<string, object?>("gen_ai.agent.name", agent), new KeyValuePair<string, object?>("outcome", outcome));

    /// <summary>Counts tokens.</summary>
    public static void TokensUsed(string agent, long input, long output)
    {
        _tokens.Add(input, new KeyValuePair<string, object?>("gen_ai.agent.name", agent), new KeyValuePair<string, object?>("gen_ai.token.type", "input"));
        _tokens.Add(output, new KeyValuePair<string, object?>("gen_ai.agent.name", agent), new KeyValuePair<string, object?>("gen_ai.token.type", "output"));
    }

    /// <summary>Counts a run in.</summary>
    public static void RunStarted(string agent) => _runs.Add(1, new KeyValuePair<string, object?>("gen_ai.agent.name", agent));

    /// <summary>Counts a run out.</summary>
    public static void RunEnded(string agent) => _runs.Add(-1, new KeyValuePair<string, object?>("gen_ai.agent.name", agent));
}
