using System.Runtime.CompilerServices;
using AgentSessions.Client.Turns;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Client;

/// <summary>One turn of an agent, as it happens. Read it once, in one of the four ways.</summary>
/// <remarks>
/// <para>
/// Enumerating gives the turn's own chunks, each once and in order, over dropped connections and restarts of the server, and ends at the
/// turn's boundary. The server is held back by whoever does not ask for the next chunk. Leaving early detaches and stops nothing;
/// <see cref="AgentChat.ReconnectAsync(CancellationToken)"/> goes on from there. Cancelling the token given to the send stops the turn.
/// </para>
/// <para>
/// If the agent's host died in the middle, a <c>start</c> with a new id begins the answer afresh: drop what came before it.
/// The other three ways do that by themselves.
/// </para>
/// <para>
/// Failures while reading are <see cref="SessionException"/>s: <see cref="SessionErrorCode.ServerUnreachable"/> and
/// <see cref="SessionErrorCode.TimedOut"/> once the retries are used up, <see cref="SessionErrorCode.SessionClosed"/> if the session ended
/// without answering.
/// </para>
/// </remarks>
public sealed class AgentChatStream : IAsyncEnumerable<UIMessageChunk>
{
    private readonly TurnReader _reader;
    private readonly CancellationToken _detached;
    private readonly CancellationToken _sendToken;
    private readonly StopOnCancel? _stop;
    private int _isRead;

    internal AgentChatStream(TurnReader reader, long? sequence, StopOnCancel? stop, CancellationToken sendToken, CancellationToken detached)
    {
        _reader = reader;
        _detached = detached;
        _sendToken = sendToken;
        InputSequence = sequence;
        _stop = stop;
    }

    /// <summary>The message's sequence number on the session's <c>in</c>; null for a stream that was reconnected to whatever turn it is.</summary>
    public long? InputSequence { get; }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The stream was read before.</exception>
    public IAsyncEnumerator<UIMessageChunk> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _isRead, 1) != 0)
        {
            throw new InvalidOperationException("A stream can be read once. Use ReconnectAsync to go on with a turn that was left.");
        }

        return EnumerateAsync(cancellationToken);
    }

    /// <summary>Reads the turn and answers the text of the answer.</summary>
    /// <returns>The text parts, joined. Of a stopped turn, what there was by then.</returns>
    /// <exception cref="AgentTurnException">The turn failed; <see cref="ResultAsync"/> does not throw then.</exception>
    public async Task<string> TextAsync(CancellationToken cancellationToken = default)
    {
        AgentChatResult result = await ResultAsync(cancellationToken).ConfigureAwait(false);
        return result.ErrorText is null ? result.Text : throw new AgentTurnException(result.ErrorText, result);
    }

    /// <summary>Reads the turn and answers what it came to, failed and stopped turns included.</summary>
    public async Task<AgentChatResult> ResultAsync(CancellationToken cancellationToken = default)
    {
        await foreach (UIMessageChunk _ in this.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
        }

        return AgentChatResult.Of(_reader.Fold);
    }

    /// <summary>Reads the turn as the growing message, one snapshot for each chunk. For short answers: the work grows with the square of the length.</summary>
    public async IAsyncEnumerable<UIMessage> MessagesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (UIMessageChunk _ in this.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (_reader.Fold.Message is { } message)
            {
                yield return message;
            }
        }
    }

    /// <summary>What was read so far. Not for use while another thread reads.</summary>
    internal AgentChatResult SoFar => AgentChatResult.Of(_reader.Fold);

    private async IAsyncEnumerator<UIMessageChunk> EnumerateAsync(CancellationToken cancellationToken)
    {
        _stop?.IsRead = true;
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(_sendToken, _detached, cancellationToken);
        try
        {
            await foreach (UIMessageChunk chunk in _reader.ReadAsync(leaving.Token).ConfigureAwait(false))
            {
                yield return chunk;
            }
        }
        finally
        {
            if (_sendToken.IsCancellationRequested)
            {
                // Before the reader learns of it, whose next message must not overtake the stop.
                _stop?.Stop();
            }
            else
            {
                // Cancelling later stops nothing: nobody reads the turn any more.
                _stop?.LetGo();
            }
        }
    }
}
