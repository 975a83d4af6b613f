using System.Text.Json;

namespace AgentSessions.Gateway.Stagent.Requests;

/// <summary>What the user said.</summary>
/// <param name="IsAllowed">Yes, or no.</param>
internal sealed record RequestAnswer(bool IsAllowed)
{
    /// <summary>For the agent, with a no; null for the usual words.</summary>
    public string? Message { get; init; }

    /// <summary>The input to run with in place of the tool's own, or the answers to a question.</summary>
    public JsonElement? UpdatedInput { get; init; }
}
