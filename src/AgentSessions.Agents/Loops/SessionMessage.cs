using System.Text.Json;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Agents;

/// <summary>A message of a session as a raw loop takes it.</summary>
public sealed record SessionMessage
{
    /// <summary>Its sequence on <c>in</c>.</summary>
    public required long Sequence { get; init; }

    /// <summary>What it asks for.</summary>
    public required TurnTrigger Trigger { get; init; }

    /// <summary>The payload as it came: an object.</summary>
    public required JsonElement Payload { get; init; }

    /// <summary>The user's message; null for regenerates and actions.</summary>
    public UIMessage? Message { get; init; }

    /// <summary>Fires when the user asks to stop the answer, or the run goes away.</summary>
    public required CancellationToken StopRequested { get; init; }
}
