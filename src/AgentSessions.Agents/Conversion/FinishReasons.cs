using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Conversion;

/// <summary>Finish reasons in the words of UI chunks.</summary>
public static class FinishReasons
{
    /// <returns>One of <see cref="UIFinishReason"/>; null for null, <see cref="UIFinishReason.Other"/> for unknown reasons.</returns>
    public static string? ToUI(ChatFinishReason? reason) => reason switch
    {
        null => null,
        { } known when known == ChatFinishReason.Stop => UIFinishReason.Stop,
        { } known when known == ChatFinishReason.Length => UIFinishReason.Length,
        { } known when known == ChatFinishReason.ContentFilter => UIFinishReason.ContentFilter,
        { } known when known == ChatFinishReason.ToolCalls => UIFinishReason.ToolCalls,
        _ => UIFinishReason.Other,
    };
}
