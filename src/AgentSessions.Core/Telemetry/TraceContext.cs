using System.Diagnostics;

namespace AgentSessions.Core.Telemetry;

/// <summary>Takes a trace over the queue: the context is stored with the message, in the form of W3C's <c>traceparent</c>.</summary>
internal static class TraceContext
{
    /// <summary>The header of the record.</summary>
    public const string Header = "traceparent";

    /// <summary>The caller's context; null while nobody records the trace, so that a server without telemetry stores nothing.</summary>
    public static string? Current => Activity.Current is { Recorded: true, IdFormat: ActivityIdFormat.W3C } activity ? activity.Id : null;

    /// <summary>The context that was stored; none if there is none or it is unreadable.</summary>
    public static ActivityContext Of(string? stored) =>
        stored is not null && ActivityContext.TryParse(stored, null, isRemote: true, out ActivityContext context) ? context : default;
}
