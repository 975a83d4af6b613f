using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Embedded.Checkpoints;
using AgentSessions.Embedded.Hot;
using AgentSessions.Embedded.Sqlite;
using AgentSessions.Protocol.Records;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Embedded;

/// <content>Reads: what is in memory first, and the database for the rest. Lists are the database's, so what they need is flushed first.</content>
public sealed partial class EmbeddedSessionStore
{
    /// <inheritdoc/>
    public ValueTask<SessionHead?> LoadAsync(SessionKey session, CancellationToken cancellationToken) =>
        new(WithSession(session, hot => hot.Head));

    /// <inheritdoc/>
    public ValueTask<SessionKey?> FindKeyAsync(string environment, string friendlyId, CancellationToken cancellationToken)
    {
        if (_hot.FindKey(environment, friendlyId) is { } key)
        {
            return new(key);
        }

        Purge[] before = _hot.Purges;
        using ReaderPool.Lease reader = _readers.Rent();
        return new(SessionRows.Find(reader.Database, environment, friendlyId) is var (number, found) && !_hot.IsDeleted(number, before)
            ? found
            : null);
    }

    /// <inheritdoc/>
    public ValueTask<StreamBounds> GetBoundsAsync(StreamId stream, CancellationToken cancellationToken) =>
        new(WithSession(stream.Session, hot =>
        {
            lock (hot.Gate)
            {
                return hot.Find(stream)?.Bounds ?? StreamBounds.Empty;
            }
        }));

    /// <inheritdoc/>
    public ValueTask<RecordBatch?> ReadAsync(StreamId stream, Cursor from, int maxBytes, CancellationToken cancellationToken) =>
        new(WithSession(stream.Session, hot => RecordReader.Read(_journal, _readers, hot, stream, from.Value, maxBytes)));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ListChannelsAsync(SessionKey session, CancellationToken cancellationToken) =>
        new(WithSession<IReadOnlyList<string>>(session, hot =>
        {
            lock (hot.Gate)
            {
                return
                [
                    .. hot.Channels.Where(channel => channel.Value.Tail > 0).Select(channel => StreamName.ChannelOf(channel.Key))
                        .Distinct().Order(StringComparer.Ordinal),
                ];
            }
        }));

    /// <inheritdoc/>
    public async ValueTask<StoredTranscript> ReadTranscriptAsync(
        SessionKey session, int? limit, string? before, CancellationToken cancellationToken)
    {
        HotSession hot = _hot.Sessions.Pin(session);
        try
        {
            // A page comes from the database alone: to apply changes to it would take the whole history.
            bool isPage = limit is not null || before is not null;
            if (isPage && hot.HasPendingTranscript)
            {
                await _checkpointer.FlushAsync(FlushScope.None, hot);
            }

            return TranscriptReader.Read(_readers, hot, limit, before);
        }
        finally
        {
            _hot.Sessions.Unpin(hot);
        }
    }

    /// <inheritdoc/>
    public ValueTask<RunRow?> FindRunAsync(string environment, string runId, CancellationToken cancellationToken)
    {
        if (_hot.FindRun(environment, runId) is { } pending)
        {
            return new(pending);
        }

        Purge[] before = _hot.Purges;
        using ReaderPool.Lease reader = _readers.Rent();
        return new(RunRows.Find(reader.Database, environment, runId) is var (number, found) && !_hot.IsDeleted(number, before) ? found : null);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RunRow>> ListRunsAsync(SessionKey session, int limit, CancellationToken cancellationToken) =>
        new(WithSession<IReadOnlyList<RunRow>>(session, hot =>
        {
            (long number, RunRow[] pending) = hot.Runs;
            using ReaderPool.Lease reader = _readers.Rent();
            return
            [
                .. pending.Concat(RunRows.List(reader.Database, number, session, limit)).DistinctBy(run => run.Id)
                    .OrderByDescending(run => run.Number).Take(limit),
            ];
        }));

    /// <inheritdoc/>
    public async ValueTask<SessionPage> ListAsync(SessionQuery query, CancellationToken cancellationToken)
    {
        await FlushRowsAsync();
        using ReaderPool.Lease reader = _readers.RentForLong();
        return SessionListing.List(reader.Database, query, session => LogDamagedRow(_logger, session.Key, session.Environment));
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<SessionKey>> ListLiveAsync(SessionKey? after, int limit, CancellationToken cancellationToken)
    {
        await FlushRowsAsync();
        using ReaderPool.Lease reader = _readers.RentForLong();
        return SessionListing.ListLive(reader.Database, after, limit);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<ExpiredSession>> ListExpiredAsync(DateTimeOffset until, ExpiredSession? after, int limit, CancellationToken cancellationToken)
    {
        await FlushRowsAsync();
        using ReaderPool.Lease reader = _readers.RentForLong();
        return SessionListing.ListExpired(reader.Database, until, after, limit);
    }

    /// <inheritdoc/>
    public async ValueTask<long> MeasureAsync(string environment, CancellationToken cancellationToken)
    {
        if (!_isCounting)
        {
            await _checkpointer.BetweenAsync(() => UsageRows.Begin(_database));
            _isCounting = true;
        }

        using ReaderPool.Lease reader = _readers.Rent();
        return UsageRows.Read(reader.Database, environment) + _hot.PendingBytes(environment);
    }

    /// <inheritdoc/>
    public ValueTask<StateEntry?> GetAsync(StateKey key, CancellationToken cancellationToken)
    {
        HotState state = _hot.Pin(key);
        StateEntry? entry = state.Current;
        _hot.States.Unpin(state);
        return new(entry);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StateEntry>> ListAsync(
        string environment, string space, string prefix, string? after, int limit, CancellationToken cancellationToken)
    {
        if (_hot.LacksStates(environment, space, prefix))
        {
            await _checkpointer.FlushAsync(FlushScope.States);
        }

        using ReaderPool.Lease reader = _readers.RentForLong();
        return StateRows.List(reader.Database, environment, space, prefix, after, limit);
    }

    [LoggerMessage(
        3012, LogLevel.Error, "The stored row of session {Session} of {Environment} is damaged, and lists leave it out; restore the store from a backup or delete the session")]
    private static partial void LogDamagedRow(ILogger logger, string session, string environment);

    private Task FlushRowsAsync() => _hot.HasDirtyRows ? _checkpointer.FlushAsync(FlushScope.Rows) : Task.CompletedTask;

    private T WithSession<T>(SessionKey key, Func<HotSession, T> read)
    {
        HotSession hot = _hot.Sessions.Pin(key);
        try
        {
            return read(hot);
        }
        finally
        {
            _hot.Sessions.Unpin(hot);
        }
    }
}
