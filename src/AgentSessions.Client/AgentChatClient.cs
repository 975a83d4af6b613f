using System.Runtime.CompilerServices;
using AgentSessions.Client.Views;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Client;

/// <summary>A chat seen as an <see cref="IChatClient"/>.</summary>
/// <remarks>
/// The session keeps the history, so of the messages given only what follows the last assistant message is sent: an approval answer, a tool
/// result, or the user's words as one message. System messages and <see cref="ChatOptions"/> are the agent's business and passed over.
/// A failed turn gives an <see cref="ErrorContent"/>. Several tool results at once are sent one by one, and the last one's turn is the answer.
/// </remarks>
internal sealed class AgentChatClient(AgentChat chat) : IChatClient
{
    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        await GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken).ConfigureAwait(false);

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        AgentChatStream stream = await SendAsync(ChatMessages.New(messages), cancellationToken).ConfigureAwait(false);
        var contents = new ChunkContents();
        string? messageId = null;
        await foreach (UIMessageChunk chunk in stream.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            messageId = chunk is StartChunk { MessageId: { } id } ? id : messageId;
            IReadOnlyList<AIContent> said = contents.Of(chunk);
            ChatFinishReason? finish = chunk is FinishChunk finished ? ChunkContents.FinishReason(finished.FinishReason) : null;
            if (said.Count > 0 || finish is not null)
            {
                yield return Update(said, messageId, finish, chunk);
            }
        }

        if (contents.Open() is { Count: > 0 } open)
        {
            yield return Update(open, messageId, finish: null, chunk: null);
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null
        : serviceType.IsInstanceOfType(this) ? this
        : serviceType.IsInstanceOfType(chat) ? chat
        : serviceType == typeof(ChatClientMetadata) ? new ChatClientMetadata("agent-sessions", null, chat.Agent)
        : null;

    // The chat belongs to whoever made it.
    public void Dispose()
    {
    }

    private ChatResponseUpdate Update(IReadOnlyList<AIContent> contents, string? messageId, ChatFinishReason? finish, UIMessageChunk? chunk) =>
        new(ChatRole.Assistant, [.. contents])
        {
            ConversationId = chat.ChatId,
            ResponseId = messageId,
            MessageId = messageId,
            AuthorName = chat.Agent,
            FinishReason = finish,
            RawRepresentation = chunk,
        };

    private async Task<AgentChatStream> SendAsync(IReadOnlyList<ChatMessage> messages, CancellationToken cancellationToken)
    {
        AgentChatStream? last = null;
        foreach (AIContent content in messages.SelectMany(static message => message.Contents))
        {
            last = content switch
            {
                ToolApprovalResponseContent answer => await chat.ApproveAsync(answer.RequestId, answer.Approved, answer.Reason, cancellationToken).ConfigureAwait(false),
                FunctionResultContent { Exception: { } failure } result => await chat.AddToolErrorAsync(result.CallId, failure.Message, cancellationToken).ConfigureAwait(false),
                FunctionResultContent result => await chat.AddToolOutputAsync(result.CallId, ChatMessages.Output(result), cancellationToken).ConfigureAwait(false),
                _ => last,
            };
        }

        return ChatMessages.User(messages) is { } message ? await chat.SendMessageAsync(message, cancellationToken).ConfigureAwait(false)
            : last ?? throw new ArgumentException("There is nothing to send after the last assistant message.", nameof(messages));
    }
}
