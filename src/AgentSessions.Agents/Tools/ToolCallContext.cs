using Microsoft.Extensions.AI;

namespace AgentSessions.Agents;

/// <summary>What the runtime gives a tool's call to know of itself, beside its arguments.</summary>
internal static class ToolCallContext
{
    public const string CallId = "agentsessions.callId";

    public const string Turn = "agentsessions.turn";

    public const string IdempotencyKey = "agentsessions.idempotencyKey";

    private static readonly AsyncLocal<string?> _currentCallId = new();

    /// <summary>The call that this code runs in; null outside of one.</summary>
    public static string? CurrentCallId
    {
        get => _currentCallId.Value;
        set => _currentCallId.Value = value;
    }

    /// <summary>The context of a call.</summary>
    /// <param name="callId">The id of the call.</param>
    /// <param name="turn">The turn that makes it.</param>
    /// <param name="idempotencyKey">The same when the very same call runs again.</param>
    public static Dictionary<object, object?> Of(string callId, TurnContext? turn, string idempotencyKey) =>
        new() { [CallId] = callId, [Turn] = turn, [IdempotencyKey] = idempotencyKey };

    public static string CallIdOf(AIFunctionArguments arguments) => Get<string>(arguments, CallId);

    public static TurnContext TurnOf(AIFunctionArguments arguments) => Get<TurnContext>(arguments, Turn);

    public static string IdempotencyKeyOf(AIFunctionArguments arguments) => Get<string>(arguments, IdempotencyKey);

    private static T Get<T>(AIFunctionArguments arguments, string key) =>
        arguments.Context?.TryGetValue(key, out object? value) is true && value is T found
            ? found
            : throw new InvalidOperationException("The tool was not called by the runtime of AgentSessions.");
}
