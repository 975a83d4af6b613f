using System.Diagnostics;
using AgentSessions.Core.Redaction;

namespace AgentSessions.Core.Telemetry;

/// <summary>The spans of the runtime: a turn, with its model calls and tool calls inside it.</summary>
/// <remarks>
/// Client data and tool arguments are never recorded. Message text is, in turns and model calls, where <see cref="MessageCapture"/> says so.
/// </remarks>
internal static class AgentTelemetry
{
    private static readonly ActivitySource _source = new(TelemetryNames.Source);

    /// <summary>A span for a turn.</summary>
    /// <param name="agent">The agent's name.</param>
    /// <param name="sessionId">The session's friendly id.</param>
    /// <param name="runId">The run.</param>
    /// <param name="turn">The turn's number in its run.</param>
    /// <param name="trigger">What asked for it.</param>
    /// <param name="parent">The span of the append that brought the message; the turn belongs to its trace however long it waited.</param>
    public static Activity? StartTurn(string agent, string sessionId, string runId, int turn, string trigger, ActivityContext parent)
    {
        if (!_source.HasListeners())
        {
            return null;
        }

        Activity? activity = _source.StartActivity($"{GenAINames.InvokeAgent} {agent}", ActivityKind.Internal, parent);
        if (activity is not null)
        {
            activity.SetTag(GenAINames.Operation, GenAINames.InvokeAgent);
            activity.SetTag(GenAINames.Agent, agent);
            activity.SetTag(GenAINames.Conversation, sessionId);
            activity.SetTag(TelemetryNames.RunId, runId);
            activity.SetTag(TelemetryNames.Turn, turn);
            activity.SetTag(TelemetryNames.Trigger, trigger);
        }

        return activity;
    }

    /// <summary>A span for a tool call.</summary>
    public static Activity? StartTool(string tool, string callId)
    {
        Activity? activity = _source.HasListeners() ? _source.StartActivity($"{GenAINames.ExecuteTool} {tool}", ActivityKind.Internal) : null;
        if (activity is not null)
        {
            activity.SetTag(GenAINames.Operation, GenAINames.ExecuteTool);
            activity.SetTag(GenAINames.Tool, tool);
            activity.SetTag(GenAINames.ToolCall, callId);
        }

        return activity;
    }

    /// <summary>A span for a model call.</summary>
    public static Activity? StartModel(string? model)
    {
        Activity? activity = _source.HasListeners()
            ? _source.StartActivity(model is null ? GenAINames.Chat : $"{GenAINames.Chat} {model}", ActivityKind.Client)
            : null;
        if (activity is not null)
        {
            activity.SetTag(GenAINames.Operation, GenAINames.Chat);
            activity.SetTag(GenAINames.RequestModel, model);
        }

        return activity;
    }

    /// <summary>Notes on a span what a model call used.</summary>
    public static void SetUsage(Activity? activity, long? input, long? output)
    {
        activity?.SetTag(GenAINames.InputTokens, input);
        activity?.SetTag(GenAINames.OutputTokens, output);
    }
}
