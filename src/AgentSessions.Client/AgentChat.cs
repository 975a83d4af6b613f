using System.Globalization;
using System.Text.Json;
using AgentSessions.Client.Connections;
using AgentSessions.Client.Retries;
using AgentSessions.Client.Turns;
using AgentSessions.Protocol.Errors;
using Microsoft.Extensions.AI;

namespace AgentSessions.Client;

/// <summary>A conversation with an agent, from the server's side: tasks, request handlers, scripts, other agents.</summary>
/// <remarks>
/// <para>
/// The session outlives this object and every run. Made again with the same <see cref="ChatId"/> and <see cref="LastEventId"/>, in any
/// process, it goes on where this one stopped. Thread-safe; each stream has one reader.
/// </para>
/// <para>
/// Calls repeat failures that may pass, with the same idempotency key, and then throw <see cref="SessionException"/>. Beyond what each call
/// says: <see cref="SessionErrorCode.ServerUnreachable"/> after the last attempt, <see cref="SessionErrorCode.Unauthenticated"/>,
/// <see cref="SessionErrorCode.UnknownAgent"/>, <see cref="SessionErrorCode.RecordTooLarge"/> for a message above 1 MiB, and
/// <see cref="SessionErrorCode.SessionClosed"/> or <see cref="SessionErrorCode.SessionExpired"/> when the session takes no more: start another.
/// </para>
/// </remarks>
public partial class AgentChat : IAsyncDisposable
{
    private readonly AgentChatOptions _options;
    private readonly ISessionConnection _connection;
    private readonly AgentChatSettings _settings;
    private readonly RetryPolicy _retry;
    private readonly ChatState _state;
    private readonly OutFollower _follower;
    private readonly SemaphoreSlim _starting = new(1, 1);
    private readonly CancellationTokenSource _detached = new();
    private readonly CancelledTurns _cancelled;
    private object? _clientData;
    private bool _isStarted;

    internal AgentChat(AgentChatOptions options, ISessionConnection connection, AgentChatSettings settings)
    {
        _options = options;
        _connection = connection;
        _settings = settings;
        _retry = new RetryPolicy(settings.Retry, settings.Time, settings.Random);
        _cancelled = new CancelledTurns(AppendStopAsync, IsOverAsync, settings.Time);
        _state = new ChatState(Sequence(options.Session?.LastEventId)) { Answered = _cancelled.Answered };
        _follower = new OutFollower(connection, options.ChatId, options.StreamTimeout, _retry);
        _clientData = options.ClientData;
    }

    /// <summary>The conversation's id.</summary>
    public string ChatId => _options.ChatId;

    /// <summary>The last record that was handed on, to be stored by a stateless host; null before the first. Opaque.</summary>
    public string? LastEventId => _state.LastSequence?.ToString(CultureInfo.InvariantCulture);

    /// <summary>The application's data, sent with every request from the next one on.</summary>
    public object? ClientData
    {
        get => Volatile.Read(ref _clientData);
        set => Volatile.Write(ref _clientData, value);
    }

    /// <summary>Creates the session and boots its run, so that the agent is ready when the first message comes. Idempotent, and optional.</summary>
    public async Task PreloadAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        await StartAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops the running turn; the run lives and takes the next message. Without a running turn nothing happens.</summary>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        await AppendStopAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends the present <b>run</b>, not the session: the agent leaves its loop and its instance goes. The next message boots another run, with the history kept.</summary>
    /// <remarks>To end the conversation for good, use <see cref="CloseAsync"/>. Without a session nothing happens.</remarks>
    public async Task EndRunAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        await AppendSilentAsync(Inputs.EndRun(ChatId), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Closes the <b>session</b> for good: a running turn ends early, later messages are refused, and the transcript stays readable.</summary>
    /// <remarks>To only end the present run, use <see cref="EndRunAsync"/>. Closing again changes nothing; the first reason stays.</remarks>
    /// <param name="reason">At most 256 characters, or null.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SessionException"><see cref="SessionErrorCode.SessionNotFound"/>: there is no session of this id.</exception>
    public async Task CloseAsync(string? reason = null, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        await _retry.RunAsync(
            async token =>
            {
                await _connection.CloseAsync(ChatId, reason, token).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>This chat as an <see cref="IChatClient"/>, for libraries that want one.</summary>
    /// <remarks>
    /// The session keeps the history, so of the messages given only what follows the last assistant message is sent: an approval answer, a
    /// tool result, or the user's words as one message. System messages and options are the agent's business and passed over. A failed turn
    /// gives an <see cref="ErrorContent"/>. Tool calls the agent runs are marked as information. Disposing the view does nothing.
    /// </remarks>
    public IChatClient AsChatClient() => new AgentChatClient(this);

    /// <summary>Detaches: readers end, no turn is stopped, also by what is cancelled later, the session stays. Stops that cancelled sends have asked for are sent first.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_detached.IsCancellationRequested)
        {
            await _detached.CancelAsync().ConfigureAwait(false);
            await _cancelled.DisposeAsync().ConfigureAwait(false);
            GC.SuppressFinalize(this);
        }
    }

    internal string Agent => _options.Agent;

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_detached.IsCancellationRequested, this);

    private JsonElement? Metadata() => ClientData is { } data ? ToJson(data) : null;

    // By its own type: a caller's object? says nothing about how it is written.
    private JsonElement ToJson(object value) =>
        value is JsonElement element ? element : JsonSerializer.SerializeToElement(value, value.GetType(), _settings.Json);

    private Task AppendStopAsync(CancellationToken cancellationToken) => AppendSilentAsync(Inputs.Stop, cancellationToken);

    private Task<bool> IsOverAsync(StopOnCancel turn, CancellationToken cancellationToken) =>
        SettledTurns.IsOverAsync(_connection, ChatId, turn.From, turn.Sequence, _options.StreamTimeout, _settings.Time, cancellationToken);

    /// <summary>Appends what causes no turn.</summary>
    private async Task AppendSilentAsync(ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        if (await AppendQuietlyAsync(input, cancellationToken).ConfigureAwait(false) is long sequence)
        {
            _state.Silent.Add(sequence);
        }
    }

    /// <summary>Appends to a session if there is one that takes it.</summary>
    private async Task<long?> AppendQuietlyAsync(ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        try
        {
            return await AppendAsync(input, NewId(), cancellationToken).ConfigureAwait(false);
        }
        catch (SessionException exception) when (
            exception.Code is SessionErrorCode.SessionNotFound or SessionErrorCode.SessionClosed or SessionErrorCode.SessionExpired)
        {
            return null;
        }
    }

    private Task<long> AppendAsync(ReadOnlyMemory<byte> input, string partId, CancellationToken cancellationToken) =>
        _retry.RunAsync(token => _connection.AppendAsync(ChatId, input, partId, token), cancellationToken);

    private static string NewId() => Guid.NewGuid().ToString();

    // As servers read it: what is no number is the beginning.
    private static long? Sequence(string? lastEventId) =>
        long.TryParse(lastEventId, NumberStyles.None, CultureInfo.InvariantCulture, out long sequence) ? sequence : null;
}
