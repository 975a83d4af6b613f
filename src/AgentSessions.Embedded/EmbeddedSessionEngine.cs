using System.Collections.Concurrent;
using AgentSessions.Core;
using AgentSessions.Core.Expiry;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Acting;
using AgentSessions.Core.Sessions.Holding;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Embedded;

/// <summary>The default engine: every session and run in this process, one mailbox for each live session.</summary>
/// <remarks>A session that nobody calls and that has no run is dropped from memory after <see cref="EmbeddedEngineOptions.IdleSession"/>.</remarks>
public sealed class EmbeddedSessionEngine : ISessionEngine
{
    private readonly ConcurrentDictionary<SessionKey, SessionMailbox> _mailboxes = new();
    private readonly SessionContext _context;
    private readonly EmbeddedEngineOptions _options;
    private readonly ConcurrentDictionary<SessionKey, bool> _unhelped = new();
    private volatile bool _draining;

    /// <summary>An engine over a store.</summary>
    /// <param name="context">What its sessions share. This engine decides about draining itself.</param>
    /// <param name="state">The store's state values.</param>
    /// <param name="options">Limits.</param>
    public EmbeddedSessionEngine(SessionContext context, IStateStore state, EmbeddedEngineOptions options)
    {
        _context = context with { IsDraining = () => _draining };
        _options = options;
        State = state;
    }

    /// <inheritdoc/>
    public IStateStore State { get; }

    /// <summary>Sessions in memory.</summary>
    public int LiveSessions => _mailboxes.Count;

    /// <summary>Whether the host is leaving.</summary>
    internal bool IsDraining => _draining;

    /// <inheritdoc/>
    public async ValueTask<SessionKey?> ResolveAsync(string environment, string id, CancellationToken cancellationToken) =>
        id.StartsWith(SessionKey.FriendlyPrefix, StringComparison.Ordinal)
            ? await TranslateAsync(() => _context.Store.FindKeyAsync(environment, id, cancellationToken))
            : new SessionKey(environment, id);

    /// <inheritdoc/>
    public ValueTask<StartedSession> StartAsync(StartSession start, CancellationToken cancellationToken) =>
        CallAsync(
            new SessionKey(start.Environment, start.ExternalId ?? _context.Ids.NewSessionId()),
            actor => actor.StartAsync(start, cancellationToken),
            cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<SessionRow?> FindAsync(SessionKey session, CancellationToken cancellationToken) =>
        (await TranslateAsync(() => _context.Store.LoadAsync(session, cancellationToken)))?.Row;

    /// <inheritdoc/>
    public ValueTask<SessionRow> UpdateAsync(SessionKey session, UpdateSession update, CancellationToken cancellationToken) =>
        CallAsync(session, actor => actor.UpdateAsync(update, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<SessionRow> CloseAsync(SessionKey session, string? reason, string? callingRunId, CancellationToken cancellationToken) =>
        CallAsync(session, actor => actor.CloseAsync(reason, callingRunId, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(SessionKey session, CancellationToken cancellationToken) =>
        CallAsync(
            session,
            async actor =>
            {
                await SessionLegalHold.RequireNoneAsync(State, session, cancellationToken);
                return await actor.DeleteAsync(cancellationToken);
            },
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<SessionPage> ListAsync(SessionQuery query, CancellationToken cancellationToken) =>
        TranslateAsync(() => _context.Store.ListAsync(query, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<AppendedRecord> AppendAsync(StreamId stream, AppendText append, CancellationToken cancellationToken) =>
        CallAsync(stream.Session, actor => actor.AppendAsync(stream, append, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<RecordBatch> AppendRecordsAsync(
        StreamId stream, IReadOnlyList<NewRecord> records, Cursor? expectedTail, CancellationToken cancellationToken) =>
        CallAsync(stream.Session, actor => actor.AppendRecordsAsync(stream, records, expectedTail, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StreamBounds> GetBoundsAsync(StreamId stream, CancellationToken cancellationToken) =>
        TranslateAsync(() => _context.Store.GetBoundsAsync(stream, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<RecordBatch?> ReadAsync(StreamId stream, Cursor from, int maxBytes, CancellationToken cancellationToken) =>
        TranslateAsync(() => _context.Store.ReadAsync(stream, from, maxBytes, cancellationToken));

    /// <inheritdoc/>
    public StreamTail OpenTail(StreamId stream, Cursor from, CancellationToken cancellationToken) =>
        _context.Hub.Open(stream, from, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StoredTranscript> ReadTranscriptAsync(SessionKey session, int? limit, string? before, CancellationToken cancellationToken) =>
        TranslateAsync(() => _context.Store.ReadTranscriptAsync(session, limit, before, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask ReplaceTranscriptAsync(SessionKey session, TranscriptDelta transcript, CancellationToken cancellationToken) =>
        await CallAsync(
            session,
            async actor =>
            {
                await actor.ReplaceTranscriptAsync(transcript, cancellationToken);
                return true;
            },
            cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<RunRow?> FindRunAsync(string environment, string runId, CancellationToken cancellationToken) =>
        WithLiveStatus(await TranslateAsync(() => _context.Store.FindRunAsync(environment, runId, cancellationToken)));

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<RunRow>> ListRunsAsync(SessionKey session, int limit, CancellationToken cancellationToken) =>
        [.. (await TranslateAsync(() => _context.Store.ListRunsAsync(session, limit, cancellationToken))).Select(run => WithLiveStatus(run)!)];

    /// <inheritdoc/>
    public async ValueTask<RunRow> CancelRunAsync(string environment, string runId, CancellationToken cancellationToken)
    {
        RunRow run = await TranslateAsync(() => _context.Store.FindRunAsync(environment, runId, cancellationToken))
            ?? throw new SessionException(SessionErrorCode.RunNotFound, $"Run {runId} not found");
        return await CallAsync(run.Session, actor => actor.CancelRunAsync(runId, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<SwappedRun> SwapRunAsync(SessionKey session, SwapRun swap, CancellationToken cancellationToken) =>
        CallAsync(session, actor => actor.SwapRunAsync(swap, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<SessionRow> HoldAsync(SessionKey session, HoldSession hold, CancellationToken cancellationToken) =>
        CallAsync(session, actor => actor.HoldAsync(hold, cancellationToken), cancellationToken);

    /// <summary>From now on nothing new is started; what is owed stays marked for the next process.</summary>
    internal void Drain() => _draining = true;

    /// <summary>Gives every session that a dead process left with a live run what it is owed.</summary>
    /// <param name="failed">Told of each that cannot be helped, such as one whose records are damaged. It keeps no other waiting; sweeps try it again.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>How many of them go on.</returns>
    /// <exception cref="SessionException">The store cannot be used.</exception>
    internal async Task<int> RecoverAllAsync(Action<SessionKey, Exception> failed, CancellationToken cancellationToken)
    {
        int going = 0;
        SessionKey? after = null;
        while (true)
        {
            IReadOnlyList<SessionKey> page = await _context.Store.ListLiveAsync(after, _options.RecoveryPage, cancellationToken);
            if (page.Count == 0)
            {
                return going;
            }

            await Parallel.ForEachAsync(
                page,
                new ParallelOptions { MaxDegreeOfParallelism = _options.RecoveryParallelism, CancellationToken = cancellationToken },
                async (key, token) =>
                {
                    if (await TryRecoverAsync(key, failed, token))
                    {
                        Interlocked.Increment(ref going);
                    }
                });
            after = page[^1];
        }
    }

    /// <summary>Gives one session what it is owed if its run is nowhere.</summary>
    /// <returns>Whether the session goes on; also if a client that asked for it came first.</returns>
    internal ValueTask<bool> RecoverAsync(SessionKey session, CancellationToken cancellationToken) =>
        CallAsync(session, async actor => await actor.RecoverAsync(cancellationToken) || actor.HasRunHere, cancellationToken);

    /// <summary>Starts runs whose claim was not answered, ends those of sessions that expired, and drops sessions that nobody used for a while.</summary>
    /// <param name="failed">Told of a session that cannot be helped, once for as long as that lasts.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal async Task SweepAsync(Action<SessionKey, Exception> failed, CancellationToken cancellationToken)
    {
        foreach (SessionKey key in _unhelped.Keys)
        {
            await TryRecoverAsync(key, failed, cancellationToken);
        }

        DateTimeOffset now = _context.Time.GetUtcNow();
        foreach ((SessionKey key, SessionMailbox mailbox) in _mailboxes)
        {
            // Whoever asked for an unsure claim may have gone elsewhere, and others take the claimed run for a live one.
            if (mailbox.Actor.HasUnsureClaim || (mailbox.Actor.Known is { HasLiveRun: true } row && row.StatusAt(now) == SessionStatus.Expired))
            {
                await TryRecoverAsync(key, failed, cancellationToken);
            }

            if (mailbox.TryRetire(_options.IdleSession))
            {
                _mailboxes.TryRemove(new KeyValuePair<SessionKey, SessionMailbox>(key, mailbox));
            }
        }
    }

    private async ValueTask<bool> TryRecoverAsync(SessionKey key, Action<SessionKey, Exception> failed, CancellationToken cancellationToken)
    {
        try
        {
            bool goesOn = await RecoverAsync(key, cancellationToken);
            _unhelped.TryRemove(key, out _);
            return goesOn;
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or SessionException { Code: SessionErrorCode.StoreUnavailable }))
        {
            if (_unhelped.TryAdd(key, true))
            {
                failed(key, exception);
            }

            return false;
        }
    }

    private RunRow? WithLiveStatus(RunRow? run) =>
        run is { IsFinal: false } && _context.Runs.StatusOf(run.Session, run.Id) is RunStatus status ? run with { Status = status } : run;

    private async ValueTask<T> CallAsync<T>(SessionKey key, Func<SessionActor, ValueTask<T>> call, CancellationToken cancellationToken)
    {
        SessionMailbox mailbox = Enter(key);
        try
        {
            return await TranslateAsync(() => mailbox.CallAsync(call, cancellationToken));
        }
        finally
        {
            mailbox.Exit();
        }
    }

    private SessionMailbox Enter(SessionKey key)
    {
        while (true)
        {
            SessionMailbox mailbox = _mailboxes.GetOrAdd(key, static (key, context) => new SessionMailbox(context, key), _context);
            if (mailbox.TryEnter())
            {
                return mailbox;
            }

            _mailboxes.TryRemove(new KeyValuePair<SessionKey, SessionMailbox>(key, mailbox));
        }
    }

    private static async ValueTask<T> TranslateAsync<T>(Func<ValueTask<T>> call)
    {
        try
        {
            return await call();
        }
        catch (StoreUnavailableException exception)
        {
            throw exception.AsSessionException();
        }
    }
}
