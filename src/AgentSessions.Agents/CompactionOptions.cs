using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents;

/// <summary>Shrinks what the model sees once it has grown too large (lifecycle document, section 13). Users keep seeing everything.</summary>
/// <remarks>Needs <see cref="Summarize"/> or <see cref="Reducer"/>, and <see cref="MaxTokens"/> or <see cref="ShouldCompact"/>.</remarks>
public sealed class CompactionOptions
{
    /// <summary>Compacts when the last model call used more tokens than this, input and output together.</summary>
    public long? MaxTokens { get; set; }

    /// <summary>Decides instead of <see cref="MaxTokens"/>.</summary>
    public Func<CompactionCheck, bool>? ShouldCompact { get; set; }

    /// <summary>Makes the text that stands for the messages from then on.</summary>
    public Func<IReadOnlyList<ChatMessage>, CancellationToken, Task<string>>? Summarize { get; set; }

    /// <summary>Makes the messages that stand for the messages from then on, instead of <see cref="Summarize"/>.</summary>
    public IChatReducer? Reducer { get; set; }

    /// <summary>Whether to compact between two steps of a turn as well. Default true.</summary>
    public bool BetweenSteps { get; set; } = true;

    /// <summary>Makes the model's messages of a summary. Default: one user message that holds it.</summary>
    public Func<string, IReadOnlyList<ChatMessage>>? ToModelMessages { get; set; }

    /// <summary>
    /// Changes what users see as well, given the summary and all messages: answers those to keep, besides the turn's answer, which stays.
    /// Called after <c>OnCompactedAsync</c>. Default null: nothing is changed.
    /// </summary>
    public Func<string, IReadOnlyList<UIMessage>, IReadOnlyList<UIMessage>>? ToUIMessages { get; set; }
}

/// <summary>What a compaction is decided by.</summary>
/// <param name="Usage">Tokens of the last model call.</param>
/// <param name="Messages">What the model sees.</param>
/// <param name="Turn">The turn.</param>
/// <param name="Step">The step that would come next, or -1 after the turn.</param>
public sealed record CompactionCheck(UsageDetails Usage, IReadOnlyList<ChatMessage> Messages, TurnContext Turn, int Step);
