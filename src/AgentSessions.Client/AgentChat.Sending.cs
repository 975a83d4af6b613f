using AgentSessions.Client.Connections;
using AgentSessions.Client.Turns;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Client;

public partial class AgentChat
{
    /// <summary>Sends a user message of one text. Completes when it is <b>durable</b>: from then on it will be answered, whatever happens to this process.</summary>
    /// <param name="text">The text.</param>
    /// <param name="cancellationToken">Cancelling it, also later while the answer streams, stops the turn (see <see cref="AgentChatOptions.StopOnCancel"/>).</param>
    /// <returns>The turn that answers this very message, even if others are answered before it. Not reading it is fine.</returns>
    public Task<AgentChatStream> SendMessageAsync(string text, CancellationToken cancellationToken = default) =>
        SendMessageAsync(UIMessage.User(NewId(), text), cancellationToken);

    /// <summary>Sends a user message as it is, with files and data. See <see cref="SendMessageAsync(string, CancellationToken)"/>.</summary>
    /// <param name="message">Its id is unique in the session; sending an answered id again asks for nothing.</param>
    /// <param name="cancellationToken">Cancelling it stops the turn.</param>
    public Task<AgentChatStream> SendMessageAsync(UIMessage message, CancellationToken cancellationToken = default) =>
        SendAsync(() => Inputs.Submit(ChatId, message, Metadata()), message.Id, continued: null, cancellationToken);

    /// <summary>Sends the last of these messages; the session has the ones before it. For callers that hold whole lists.</summary>
    /// <exception cref="ArgumentException">The list is empty.</exception>
    public Task<AgentChatStream> SendRawAsync(IReadOnlyList<UIMessage> messages, CancellationToken cancellationToken = default) =>
        messages.Count > 0
            ? SendMessageAsync(messages[^1], cancellationToken)
            : throw new ArgumentException("There is no message to send.", nameof(messages));

    /// <summary>Sends a text and answers the text of the answer.</summary>
    /// <exception cref="AgentTurnException">The turn failed.</exception>
    public async Task<string> TextAsync(string text, CancellationToken cancellationToken = default)
    {
        AgentChatStream stream = await SendMessageAsync(text, cancellationToken).ConfigureAwait(false);
        return await stream.TextAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends a typed edit to the agent, such as an undo. The stream has no chunks unless the agent answers it.</summary>
    /// <typeparam name="TAction">The declared type is what is written, so that a polymorphic base keeps its discriminator.</typeparam>
    public Task<AgentChatStream> SendActionAsync<TAction>(TAction action, CancellationToken cancellationToken = default) =>
        SendAsync(() => Inputs.Action(ChatId, UIJson.ToElement(action, _settings.Json), Metadata()), messageId: null, continued: null, cancellationToken);

    /// <summary>Asks for the last answer again; the old one is dropped from the history.</summary>
    public Task<AgentChatStream> RegenerateAsync(CancellationToken cancellationToken = default) =>
        SendAsync(() => Inputs.Regenerate(ChatId, Metadata()), messageId: null, continued: null, cancellationToken);

    /// <summary>Sends a message into the running turn without touching a stream that is open. An agent that does not take it in answers it in a turn of its own.</summary>
    /// <returns>Whether it was stored; false if there is no session that takes messages.</returns>
    public Task<bool> SteerAsync(string text, CancellationToken cancellationToken = default) =>
        SteerAsync(UIMessage.User(NewId(), text), cancellationToken);

    /// <inheritdoc cref="SteerAsync(string, CancellationToken)"/>
    public async Task<bool> SteerAsync(UIMessage message, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return await AppendQuietlyAsync(Inputs.Submit(ChatId, message, Metadata()), cancellationToken).ConfigureAwait(false) is not null;
    }

    /// <summary>Goes on reading after <see cref="LastEventId"/>: after a crash of this process, or a stream that was left.</summary>
    /// <remarks>The stream ends at the next boundary. Its text, result and messages are the whole answer's as far as the server keeps it, its chunks only the new ones.</remarks>
    /// <returns>
    /// Null if nothing is running and nothing was missed: also before the first turn, and after one whose run was cancelled, which has no
    /// boundary to end at.
    /// </returns>
    public Task<AgentChatStream?> ReconnectAsync(CancellationToken cancellationToken = default) => ReconnectAsync(answered: null, cancellationToken);

    /// <summary>Goes on reading after <see cref="LastEventId"/> until one message is answered: turns before that are passed over, as they are when it is sent.</summary>
    /// <param name="inputSequence">The message's <see cref="AgentChatStream.InputSequence"/>.</param>
    /// <param name="cancellationToken">Ends the wait; no turn is stopped by it.</param>
    /// <returns>
    /// As without a message, but never null where the message waits for a turn before it. A message that was answered before
    /// <see cref="LastEventId"/> is not found again: the next turn is read.
    /// </returns>
    public Task<AgentChatStream?> ReconnectAsync(long inputSequence, CancellationToken cancellationToken = default) =>
        ReconnectAsync((long?)inputSequence, cancellationToken);

    private async Task<AgentChatStream?> ReconnectAsync(long? answered, CancellationToken cancellationToken)
    {
        ThrowIfDisposed();
        Cursor from = _state.Next;
        bool hasMore = await _retry.RunAsync(
            token => SettledTurns.HasMoreAsync(_connection, ChatId, from, answered, _options.StreamTimeout, token), cancellationToken).ConfigureAwait(false);
        if (!hasMore)
        {
            return null;
        }

        AnswerFold? unfinished = _state.Unfinished;
        AnswerFold fold = unfinished ?? new AnswerFold();
        var correlation = new TurnCorrelation(answered, null, ChatPlace.Unknown, _state.Silent);
        var reader = new TurnReader(_state, _follower, correlation, fold, from)
        {
            Backfill = unfinished is null && from > Cursor.Start ? new AnswerBeginning(_connection, ChatId).ReadAsync : null,
            OnComplete = _options.OnTurnComplete,
            EndsWithSession = true,
        };
        return new AgentChatStream(reader, answered, stop: null, cancellationToken, _detached.Token);
    }

    private async Task<AgentChatStream> SendAsync(
        Func<ReadOnlyMemory<byte>> input, string? messageId, UIMessage? continued, CancellationToken cancellationToken)
    {
        ThrowIfDisposed();
        await _cancelled.SentAsync(cancellationToken).ConfigureAwait(false);
        string partId = NewId();
        for (bool mayStartAnew = true; ; mayStartAnew = false)
        {
            await StartAsync(cancellationToken).ConfigureAwait(false);
            await LocateAsync(cancellationToken).ConfigureAwait(false);
            (ChatPlace place, Cursor from) = (_state.Place, _state.Next);
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                long sequence = await AppendAsync(input(), partId, cancellationToken).ConfigureAwait(false);
                return OpenTurn(sequence, messageId, continued, place, from, cancellationToken);
            }
            catch (SessionException exception) when (exception.Code == SessionErrorCode.SessionNotFound && mayStartAnew)
            {
                // The session was deleted behind our back: its id is free again.
                _state.BeginAnew();
                Volatile.Write(ref _isStarted, false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && _options.StopOnCancel)
            {
                // The message may have been stored before its answer could tell.
                _cancelled.Add();
                throw;
            }
        }
    }

    private AgentChatStream OpenTurn(
        long sequence, string? messageId, UIMessage? continued, ChatPlace place, Cursor from, CancellationToken cancellationToken)
    {
        var fold = new AnswerFold();
        fold.Reset(continued ?? _state.LastMessage);
        var correlation = new TurnCorrelation(sequence, messageId, place, _state.Silent);
        var reader = new TurnReader(_state, _follower, correlation, fold, from)
        {
            Continued = continued,
            OnComplete = _options.OnTurnComplete,
        };
        StopOnCancel? stop = _options.StopOnCancel ? _cancelled.Watch(reader, sequence, from, cancellationToken) : null;
        return new AgentChatStream(reader, sequence, stop, cancellationToken, _detached.Token);
    }

    /// <summary>Creates or finds the session, once for this object; concurrent callers share it.</summary>
    private async Task StartAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _isStarted))
        {
            return;
        }

        await _starting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_isStarted)
            {
                return;
            }

            var start = new SessionStart
            {
                ChatId = ChatId,
                Agent = _options.Agent,
                TriggerConfig = TriggerConfig.ToJson(_options.TriggerConfig, ChatId, Metadata()),
            };
            SessionStarted started = await _retry.RunAsync(token => _connection.StartAsync(start, token), cancellationToken).ConfigureAwait(false);
            if (!started.IsCached)
            {
                _state.BeginAnew();
            }

            if (_options.OnTriggered is { } triggered && _options.Session is null)
            {
                await triggered(started.RunId, cancellationToken).ConfigureAwait(false);
            }

            Volatile.Write(ref _isStarted, true);
        }
        finally
        {
            _starting.Release();
        }
    }

    /// <summary>Finds out whether somebody's turn is running where this chat stopped reading, and passes over turns that are over.</summary>
    private async Task LocateAsync(CancellationToken cancellationToken)
    {
        if (!_state.Place.IsAtRest)
        {
            await _retry.RunAsync(
                async token =>
                {
                    await SettledTurns.SkipAsync(_connection, ChatId, _state, _options.StreamTimeout, token).ConfigureAwait(false);
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
        }
    }
}
