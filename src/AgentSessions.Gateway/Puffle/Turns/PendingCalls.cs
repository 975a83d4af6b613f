using System.Text.Json;
using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Errors;
using AgentSessions.Gateway.Puffle.Settings;
using AgentSessions.Gateway.Users;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Puffle.Turns;

/// <summary>Tool calls that wait for their approval: found by the id of the call, answered once. Their arguments stay in the conversation.</summary>
internal sealed class PendingCalls(ISessionEngine engine, Conversations conversations, IOptions<PuffleOptions> options, TimeProvider time)
{
    public const string Space = "puffle-calls";

    private const int MaxFound = 20;

    /// <summary>Keeps a call before it is announced.</summary>
    public async ValueTask KeepAsync(GatewayUser user, SessionRow session, PendingCall call, CancellationToken cancellationToken)
    {
        byte[] entry = JsonSerializer.SerializeToUtf8Bytes(
            call with { Session = session.Key.Key, ExpiresAt = time.GetUtcNow() + options.Value.ApprovalLifetime }, JsonSerializerOptions.Web);
        var key = new StateKey(user.Environment, Space, Prefix(user, call.ToolCallId) + session.Id);
        await engine.State.PutAsync(new StatePut(key, entry, session.Key), expectedVersion: null, cancellationToken);
    }

    /// <summary>A call that still waits for this user.</summary>
    /// <param name="user">Who answers.</param>
    /// <param name="toolCallId">The call.</param>
    /// <param name="conversation">Where it must be; null for wherever it is.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RequestRefusedException">404: unknown, answered, withdrawn, expired or somebody else's.</exception>
    public async ValueTask<WaitingCall> RequireAsync(GatewayUser user, string toolCallId, SessionRow? conversation, CancellationToken cancellationToken)
    {
        IReadOnlyList<StateEntry> entries = await engine.State.ListAsync(
            user.Environment, Space, Prefix(user, toolCallId), after: null, MaxFound, cancellationToken);
        foreach (StateEntry entry in entries.Reverse())
        {
            PendingCall call = JsonSerializer.Deserialize<PendingCall>(entry.Value.Span, JsonSerializerOptions.Web)!;
            if (call.ExpiresAt > time.GetUtcNow() && (conversation is null || conversation.Key.Key == call.Session)
                && await OpenPartAsync(user, call, cancellationToken) is { } part
                && await engine.FindAsync(new SessionKey(user.Environment, call.Session), cancellationToken) is { } session)
            {
                return new WaitingCall(call, part, session, entry);
            }
        }

        throw NotFound();
    }

    /// <summary>Takes a call out, so that nobody else answers it.</summary>
    /// <exception cref="RequestRefusedException">404: somebody was faster.</exception>
    public async ValueTask TakeAsync(WaitingCall call, CancellationToken cancellationToken)
    {
        if (await engine.State.PutAsync(new StatePut(call.Entry.Key, Value: null), call.Entry.Version, cancellationToken) is null)
        {
            throw NotFound();
        }
    }

    /// <summary>The part of a call, if its message is still the newest and nobody has decided on it through another window.</summary>
    private async ValueTask<ToolPart?> OpenPartAsync(GatewayUser user, PendingCall call, CancellationToken cancellationToken) =>
        await conversations.ReadAsync(new SessionKey(user.Environment, call.Session), limit: 1, cancellationToken) is [var last] && last.Id == call.MessageId
            ? last.Tools.FirstOrDefault(tool =>
                tool.ToolCallId == call.ToolCallId && tool.State == ToolPartState.ApprovalRequested && tool.Approval?.Id == call.ApprovalId)
            : null;

    private static RequestRefusedException NotFound() => Refuse.NotFound("There is no such tool call to answer");

    // Escaped, so that one user's names never start another's.
    private static string Prefix(GatewayUser user, string toolCallId) => $"{Uri.EscapeDataString(user.Id)}/{Uri.EscapeDataString(toolCallId)}/";
}

/// <summary>A call as it is kept.</summary>
/// <param name="ToolCallId">The call.</param>
/// <param name="ApprovalId">The question.</param>
/// <param name="MessageId">The message it is part of.</param>
/// <param name="Agent">Who asked.</param>
internal sealed record PendingCall(string ToolCallId, string ApprovalId, string MessageId, string Agent)
{
    /// <summary>The session's canonical key.</summary>
    public string Session { get; init; } = "";

    public DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>A call that can be answered now.</summary>
internal sealed record WaitingCall(PendingCall Call, ToolPart Part, SessionRow Session, StateEntry Entry);
