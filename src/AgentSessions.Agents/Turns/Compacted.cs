using Microsoft.Extensions.AI;

namespace AgentSessions.Agents;

/// <summary>Why messages are prepared for the model.</summary>
public enum PrepareReason
{
    /// <summary>Before a model call.</summary>
    Run,

    /// <summary>Messages are about to be summarised.</summary>
    CompactionRebuild,

    /// <summary>A summary has replaced messages.</summary>
    CompactionResult,
}

/// <summary>A compaction that has happened.</summary>
/// <param name="Summary">The text that stands for the messages.</param>
/// <param name="OldMessages">What the model saw until now.</param>
/// <param name="Usage">The tokens that made it necessary, if they are known.</param>
/// <param name="Step">The step it came before, or -1 when it came after the turn.</param>
public sealed record Compacted(string Summary, IReadOnlyList<ChatMessage> OldMessages, UsageDetails? Usage, int Step);
