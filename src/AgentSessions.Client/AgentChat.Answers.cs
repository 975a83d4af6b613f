using AgentSessions.Client.Turns;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Client;

public partial class AgentChat
{
    // Older questions than these are out of every client's sight; the server refuses what is not open anyway.
    private const int TranscriptReach = 20;

    /// <summary>Answers whether a tool call may run. The turn that follows goes on with the same message.</summary>
    /// <param name="approvalId">The open question's id, from <see cref="UIMessage.Approvals"/> or a <see cref="ToolApprovalRequestChunk"/>.</param>
    /// <param name="approved">Whether the call may run, with the input that is stored.</param>
    /// <param name="reason">The user's own words; the model sees them when the call is refused.</param>
    /// <param name="cancellationToken">Cancelling it stops the turn.</param>
    /// <exception cref="SessionException"><see cref="SessionErrorCode.InvalidRequest"/>: no message of the session has such a question.</exception>
    public Task<AgentChatStream> ApproveAsync(string approvalId, bool approved, string? reason = null, CancellationToken cancellationToken = default) =>
        AnswerAsync(
            tool => tool.Approval?.Id == approvalId,
            tool => new ToolPart(tool.ToolName, tool.ToolCallId, ToolPartState.ApprovalResponded)
            {
                IsDynamic = tool.IsDynamic,
                Approval = new ToolApproval(approvalId) { Approved = approved, Reason = reason },
            },
            $"No tool call waits for the approval {approvalId}",
            cancellationToken);

    /// <summary>Supplies the result of a tool call that the user's side runs. The turn that follows goes on with the same message.</summary>
    /// <param name="toolCallId">The call.</param>
    /// <param name="output">Written as JSON; null is a result too.</param>
    /// <param name="cancellationToken">Cancelling it stops the turn.</param>
    /// <exception cref="SessionException"><see cref="SessionErrorCode.InvalidRequest"/>: no message of the session has such a call.</exception>
    public Task<AgentChatStream> AddToolOutputAsync<TOutput>(string toolCallId, TOutput output, CancellationToken cancellationToken = default) =>
        AnswerAsync(
            tool => tool.ToolCallId == toolCallId,
            tool => new ToolPart(tool.ToolName, toolCallId, ToolPartState.OutputAvailable)
            {
                IsDynamic = tool.IsDynamic,
                Output = UIJson.ToElement(output, _settings.Json),
            },
            $"No tool call has the id {toolCallId}",
            cancellationToken);

    /// <summary>Says that a tool call on the user's side failed. Else as <see cref="AddToolOutputAsync"/>.</summary>
    /// <param name="toolCallId">The call.</param>
    /// <param name="errorText">Why, for the model.</param>
    /// <param name="cancellationToken">Cancelling it stops the turn.</param>
    public Task<AgentChatStream> AddToolErrorAsync(string toolCallId, string errorText, CancellationToken cancellationToken = default) =>
        AnswerAsync(
            tool => tool.ToolCallId == toolCallId,
            tool => new ToolPart(tool.ToolName, toolCallId, ToolPartState.OutputError) { IsDynamic = tool.IsDynamic, ErrorText = errorText },
            $"No tool call has the id {toolCallId}",
            cancellationToken);

    /// <summary>The stored answer to a message: what follows it in the transcript. Null if it has none yet.</summary>
    internal async Task<UIMessage?> StoredAnswerAsync(string messageId, CancellationToken cancellationToken)
    {
        IReadOnlyList<UIMessage> stored = await _retry
            .RunAsync(token => _connection.ReadTranscriptAsync(ChatId, TranscriptReach, token), cancellationToken).ConfigureAwait(false);
        return stored.SkipWhile(message => message.Id != messageId).Skip(1).FirstOrDefault(static message => message.Role == UIMessageRole.Assistant);
    }

    private async Task<AgentChatStream> AnswerAsync(
        Func<ToolPart, bool> isAsked, Func<ToolPart, ToolPart> resolve, string notFound, CancellationToken cancellationToken)
    {
        ThrowIfDisposed();
        (UIMessage message, ToolPart tool) = Find(_state.LastMessage, isAsked)
            ?? await FindStoredAsync(isAsked, cancellationToken).ConfigureAwait(false)
            ?? throw new SessionException(SessionErrorCode.InvalidRequest, notFound);
        UIMessage slim = Inputs.Answer(message.Id, resolve(tool));
        return await SendAsync(() => Inputs.Submit(ChatId, slim, Metadata()), message.Id, continued: message, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Looks in the transcript: the question may have been asked before this object was made.</summary>
    private async Task<(UIMessage, ToolPart)?> FindStoredAsync(Func<ToolPart, bool> isAsked, CancellationToken cancellationToken)
    {
        IReadOnlyList<UIMessage> stored = await _retry
            .RunAsync(token => _connection.ReadTranscriptAsync(ChatId, TranscriptReach, token), cancellationToken).ConfigureAwait(false);
        return stored.Reverse().Select(message => Find(message, isAsked)).FirstOrDefault(static found => found is not null);
    }

    private static (UIMessage, ToolPart)? Find(UIMessage? message, Func<ToolPart, bool> isAsked) =>
        message is { Role: UIMessageRole.Assistant } && message.Tools.FirstOrDefault(isAsked) is { } tool ? (message, tool) : null;
}
