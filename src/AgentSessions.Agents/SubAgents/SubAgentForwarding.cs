namespace AgentSessions.Agents;

/// <summary>How a sub-agent's answer is shown while it grows.</summary>
public enum SubAgentForwarding
{
    /// <summary>Its chunks, batched, as transient <c>data-subagent</c> parts <c>{toolCallId, seq, chunks}</c> with dense numbers from 0.</summary>
    Chunks,

    /// <summary>Its whole message so far, as preliminary outputs of the tool call: simple to show, but the bytes add up. At most 64 KiB each.</summary>
    Snapshots,

    /// <summary>Not at all: only the finished message.</summary>
    None,
}

/// <summary>The agent that called this one as a tool.</summary>
/// <param name="SessionId">Its session.</param>
/// <param name="ChatId">Its conversation.</param>
/// <param name="RunId">Its run.</param>
/// <param name="ToolCallId">The tool call; null if it called from outside a tool.</param>
/// <param name="Depth">How many agents called each other to get here, 1 or more.</param>
public sealed record ParentAgent(string SessionId, string ChatId, string RunId, string? ToolCallId, int Depth);
