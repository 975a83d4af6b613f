using System.Text.Json;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents;

/// <summary>Makes tools that do more than call a method, and reads what a call knows of itself.</summary>
public static class AgentTool
{
    /// <summary>The key of <see cref="AIFunctionArguments.Context"/> under which a tool finds the id of its call, a string.</summary>
    public const string CallId = ToolCallContext.CallId;

    /// <summary>The key of <see cref="AIFunctionArguments.Context"/> under which a tool finds its <see cref="TurnContext"/>.</summary>
    public const string Turn = ToolCallContext.Turn;

    /// <summary>
    /// The key of <see cref="AIFunctionArguments.Context"/> under which a tool finds its idempotency key, a string: the same when the very same
    /// call runs again after a crash, so that a system that knows the key can refuse to act twice.
    /// </summary>
    public const string IdempotencyKey = ToolCallContext.IdempotencyKey;

    /// <summary>The id of the call these arguments belong to.</summary>
    /// <exception cref="InvalidOperationException">The tool was not called by the runtime.</exception>
    public static string GetCallId(AIFunctionArguments arguments) => ToolCallContext.CallIdOf(arguments);

    /// <summary>The turn these arguments belong to.</summary>
    /// <exception cref="InvalidOperationException">The tool was not called by the runtime.</exception>
    public static TurnContext GetTurn(AIFunctionArguments arguments) => ToolCallContext.TurnOf(arguments);

    /// <summary>The idempotency key of the call these arguments belong to.</summary>
    /// <exception cref="InvalidOperationException">The tool was not called by the runtime.</exception>
    public static string GetIdempotencyKey(AIFunctionArguments arguments) => ToolCallContext.IdempotencyKeyOf(arguments);

    /// <summary>A tool that asks the user before some of its calls.</summary>
    /// <param name="function">The tool.</param>
    /// <param name="requiresApproval">Whether a call with these arguments needs the user's yes. If it throws, the call fails and does not run.</param>
    public static AIFunction RequireApprovalWhen(
        AIFunction function, Func<AIFunctionArguments, CancellationToken, ValueTask<bool>> requiresApproval) =>
        new ConditionalApprovalFunction(function, requiresApproval);

    /// <summary>A tool that shows its progress: every item is shown to the user as a preliminary output, the last one is the output.</summary>
    /// <param name="name">The name the model calls it by.</param>
    /// <param name="stream">Yields the outputs; each one replaces the one before.</param>
    /// <param name="description">What the model reads of it.</param>
    /// <param name="inputSchema">The JSON schema of the arguments; null for an object of any shape.</param>
    public static AIFunction Streaming<T>(
        string name, Func<AIFunctionArguments, CancellationToken, IAsyncEnumerable<T>> stream, string? description = null, JsonElement? inputSchema = null) =>
        new StreamingFunction<T>(name, description ?? "", inputSchema, stream);

    /// <summary>A tool whose output users see in full and the model in a smaller form, in this turn and in every later one.</summary>
    /// <param name="function">The tool.</param>
    /// <param name="toModel">Makes the model's value of the output.</param>
    public static AIFunction WithModelOutput<T>(AIFunction function, Func<T, object?> toModel) => new ModelOutputFunction<T>(function, toModel);

    /// <summary>Marks a tool that changes nothing: when its process died during a call, the call simply runs again.</summary>
    public static AIFunction ReadOnly(AIFunction function) => new MarkedFunction(function, hasEffects: false, InterruptedCall.Replay);

    /// <summary>Says what becomes of a call that was running when its process died. Unmarked tools count as having effects, with <see cref="InterruptedCall.Ask"/>.</summary>
    /// <param name="function">The tool.</param>
    /// <param name="interrupted">What becomes of such a call.</param>
    public static AIFunction WithEffects(AIFunction function, InterruptedCall interrupted = InterruptedCall.Ask) =>
        new MarkedFunction(function, hasEffects: true, interrupted);

    /// <summary>Another agent as a tool. The model gives it a message; its answer streams into the tool's card, and its message is the output.</summary>
    /// <remarks>
    /// Every call, or every conversation, is a session of its own. What it uses counts against this turn's and session's budgets too; stopping this turn stops it. If either
    /// side dies, the call goes on without asking the sub-agent twice.
    /// </remarks>
    /// <param name="agent">The agent's registered name.</param>
    /// <param name="name">The name the model calls it by; null for the agent's.</param>
    /// <param name="description">What the model reads of it.</param>
    /// <param name="forwarding">How the growing answer is shown.</param>
    /// <param name="memory">What the sub-agent remembers from one call to the next.</param>
    public static AIFunction SubAgent(
        string agent, string? name = null, string? description = null, SubAgentForwarding forwarding = SubAgentForwarding.Chunks,
        SubAgentMemory memory = SubAgentMemory.None) => WithModelOutput<UIMessage?>(
        WithEffects(new SubAgentFunction(agent, name ?? agent, description ?? $"Asks the agent {agent}.", forwarding, memory), InterruptedCall.Replay),
        static message => message?.Text ?? "");
}

/// <summary>What becomes of a tool call that was running when its process died.</summary>
public enum InterruptedCall
{
    /// <summary>The user is asked whether it shall run again.</summary>
    Ask,

    /// <summary>It runs again, with the same idempotency key.</summary>
    Replay,

    /// <summary>The model is told that it failed.</summary>
    Fail,
}
