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

/// <summary>Tool calls that wait for their approval: found by the id of the call. Their arguments stay in the conversation.</summary>
/// <remarks>A call that was asked about through another API is found in its conversation alone, and has no time of its own to expire.</remarks>
internal sealed class PendingCalls(ISessionEngine engine, PuffleConversations conversations, IOptions<PuffleOptions> options, TimeProvider time)
{
    public const string Space = "puffle-calls";

    /// <summary>Keeps a call before it is announced.</summary>
    public async ValueTask KeepAsync(GatewayUser user, SessionRow session, PendingCall call, CancellationToken cancellationToken)
    {
        byte[] entry = Write(call with { Session = session.Key.Key, ExpiresAt = time.GetUtcNow() + options.Value.ApprovalLifetime });
        await engine.State.PutAsync(new StatePut(KeyOf(user, call.ToolCallId, session), entry, session.Key), expectedVersion: null, cancellationToken);
    }

    /// <summary>A call that still waits for this user.</summary>
    /// <param name="user">Who answers.</param>
    /// <param name="toolCallId">The call.</param>
    /// <param name="conversation">Where it must be; null for wherever it was announced to this user.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RequestRefusedException">404: unknown, answered, withdrawn, expired or somebody else's.</exception>
    public async ValueTask<WaitingCall> RequireAsync(GatewayUser user, string toolCallId, SessionRow? conversation, CancellationToken cancellationToken) =>
        (conversation is null ? await FindAnnouncedAsync(user, toolCallId, cancellationToken) : await FindInAsync(user, toolCallId, conversation, cancellationToken))
        ?? throw NotFound();

    /// <summary>Whether an entry is of no use any more. One whose question still stands is: without it the call could be answered as one asked elsewhere.</summary>
    public async ValueTask<bool> IsOverAsync(StateEntry entry, CancellationToken cancellationToken)
    {
        PendingCall call = Read(entry);
        return call.ExpiresAt <= time.GetUtcNow() && await OpenPartAsync(new SessionKey(entry.Key.Environment, call.Session), call, cancellationToken) is null;
    }

    /// <summary>A call that this API announced, in whichever of the user's conversations.</summary>
    private async ValueTask<WaitingCall?> FindAnnouncedAsync(GatewayUser user, string toolCallId, CancellationToken cancellationToken)
    {
        await foreach (StateEntry entry in engine.State.ReadAllAsync(user.Environment, Space, Prefix(user, toolCallId), cancellationToken: cancellationToken))
        {
            if (await OpenAsync(user, entry, cancellationToken) is { } waiting)
            {
                return waiting;
            }
        }

        return null;
    }

    /// <summary>A call of one conversation: as it was announced here, or as another API left it open.</summary>
    private async ValueTask<WaitingCall?> FindInAsync(GatewayUser user, string toolCallId, SessionRow conversation, CancellationToken cancellationToken)
    {
        if (await conversations.ReadAsync(conversation.Key, limit: 1, cancellationToken) is not [var last]
            || last.Tools.FirstOrDefault(tool => tool.ToolCallId == toolCallId && tool.State == ToolPartState.ApprovalRequested) is not { Approval: { } approval } part)
        {
            return null;
        }

        StateEntry? entry = await engine.State.GetAsync(KeyOf(user, toolCallId, conversation), cancellationToken);
        if (entry is not null && Read(entry) is var kept && kept.MessageId == last.Id && kept.ApprovalId == approval.Id)
        {
            return IsOpen(kept) ? new WaitingCall(kept, part, conversation) : null;
        }

        var call = new PendingCall(toolCallId, approval.Id, last.Id, conversation.Agent) { Session = conversation.Key.Key };
        return new WaitingCall(call, part, conversation);
    }

    private async ValueTask<WaitingCall?> OpenAsync(GatewayUser user, StateEntry entry, CancellationToken cancellationToken)
    {
        PendingCall call = Read(entry);
        var session = new SessionKey(user.Environment, call.Session);
        return IsOpen(call)
            && await OpenPartAsync(session, call, cancellationToken) is { } part
            && await engine.FindAsync(session, cancellationToken) is { } row
            ? new WaitingCall(call, part, row)
            : null;
    }

    /// <summary>The part of a call, if its message is still the newest and nobody has decided on it through another window.</summary>
    private async ValueTask<ToolPart?> OpenPartAsync(SessionKey session, PendingCall call, CancellationToken cancellationToken) =>
        await conversations.ReadAsync(session, limit: 1, cancellationToken) is [var last] && last.Id == call.MessageId
            ? last.Tools.FirstOrDefault(tool =>
                tool.ToolCallId == call.ToolCallId && tool.State == ToolPartState.ApprovalRequested && tool.Approval?.Id == call.ApprovalId)
            : null;

    private bool IsOpen(PendingCall call) => call.ExpiresAt > time.GetUtcNow();

    private static byte[] Write(PendingCall call) => JsonSerializer.SerializeToUtf8Bytes(call, JsonSerializerOptions.Web);

    private static PendingCall Read(StateEntry entry) => JsonSerializer.Deserialize<PendingCall>(entry.Value.Span, JsonSerializerOptions.Web)!;

    /// <summary>What those get who answer what cannot be answered, or not any more.</summary>
    public static RequestRefusedException NotFound() => Refuse.NotFound("There is no such tool call to answer");

    private static StateKey KeyOf(GatewayUser user, string toolCallId, SessionRow session) => new(user.Environment, Space, Prefix(user, toolCallId) + session.Id);

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
/// <param name="Call">The call.</param>
/// <param name="Part">It as the conversation holds it.</param>
/// <param name="Session">Where it is.</param>
internal sealed record WaitingCall(PendingCall Call, ToolPart Part, SessionRow Session)
{
    /// <summary>Names the record that answers it: the log takes that once, so of many who answer one does.</summary>
    public string AnswerId => $"approval-{Call.ApprovalId}";
}
