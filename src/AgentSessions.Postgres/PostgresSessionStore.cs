using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Postgres.Commits;
using AgentSessions.Postgres.Connections;
using AgentSessions.Postgres.Runs;
using AgentSessions.Postgres.Sessions;
using AgentSessions.Postgres.States;
using AgentSessions.Postgres.Streams;
using AgentSessions.Postgres.Transcripts;
using AgentSessions.Postgres.Usage;
using AgentSessions.Protocol.Records;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Postgres;

/// <summary>Sessions in PostgreSQL (15 or later), shared by any number of processes.</summary>
/// <remarks>
/// Commits of many sessions that wait at the same moment share one round trip, one transaction and one flush, each with conditions of its
/// own. Safe for use by many threads. After a restart or failover of the server it goes on by itself; until then callers get
/// <see cref="StoreUnavailableException"/>. <see cref="StartAsync"/> checks the server and its schema and comes before all else.
/// </remarks>
public sealed class PostgresSessionStore : ISessionStore, IStateStore
{
    private readonly PostgresOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<PostgresSessionStore> _logger;
    private readonly PostgresConnections _connections;
    private readonly CommitWriters _writers;
    private readonly SessionQueries _sessions;
    private readonly SessionList _list;
    private readonly SessionDeletion _deletion;
    private readonly StreamQueries _streams;
    private readonly TranscriptQueries _transcripts;
    private readonly RunQueries _runs;
    private readonly StateQueries _states;
    private readonly StoredBytes _bytes;

    /// <summary>Makes a store that has not connected yet.</summary>
    public PostgresSessionStore(PostgresOptions options, TimeProvider time, ILogger<PostgresSessionStore> logger)
    {
        _options = options;
        _time = time;
        _logger = logger;
        _connections = new PostgresConnections(options, time, logger);
        _writers = new CommitWriters(_connections, options, time, logger);
        _sessions = new SessionQueries(_connections);
        _list = new SessionList(_connections);
        _deletion = new SessionDeletion(_connections);
        _streams = new StreamQueries(_connections);
        _transcripts = new TranscriptQueries(_connections);
        _runs = new RunQueries(_connections);
        _states = new StateQueries(_connections);
        _bytes = new StoredBytes(_connections);
    }

    /// <summary>Waits for the server, refuses one that may lose commits, and brings the schema up to date.</summary>
    /// <exception cref="StoreUnavailableException">The server did not answer within <see cref="PostgresOptions.StartTimeout"/>.</exception>
    /// <exception cref="Schema.SchemaException">The schema is newer than this program, or older and not to be applied.</exception>
    /// <exception cref="InvalidOperationException">The server's settings are unsafe.</exception>
    public Task StartAsync(CancellationToken cancellationToken) =>
        new PostgresStart(_options, _connections, _time, _logger).RunAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<CommitOutcome> CommitAsync(SessionCommit commit, CancellationToken cancellationToken) =>
        new(_writers.CommitAsync(commit, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<SessionHead?> LoadAsync(SessionKey session, CancellationToken cancellationToken) =>
        _sessions.LoadAsync(session, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<SessionKey?> FindKeyAsync(string environment, string friendlyId, CancellationToken cancellationToken) =>
        _sessions.FindKeyAsync(environment, friendlyId, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StreamBounds> GetBoundsAsync(StreamId stream, CancellationToken cancellationToken) =>
        _streams.GetBoundsAsync(stream, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<RecordBatch?> ReadAsync(StreamId stream, Cursor from, int maxBytes, CancellationToken cancellationToken) =>
        _streams.ReadAsync(stream, from, maxBytes, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ListChannelsAsync(SessionKey session, CancellationToken cancellationToken) =>
        _streams.ListChannelsAsync(session, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StoredTranscript> ReadTranscriptAsync(
        SessionKey session, int? limit, string? before, CancellationToken cancellationToken) =>
        _transcripts.ReadAsync(session, limit, before, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<RunRow?> FindRunAsync(string environment, string runId, CancellationToken cancellationToken) =>
        _runs.FindAsync(environment, runId, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RunRow>> ListRunsAsync(SessionKey session, int limit, CancellationToken cancellationToken) =>
        _runs.ListAsync(session, limit, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<SessionPage> ListAsync(SessionQuery query, CancellationToken cancellationToken) =>
        _list.ListAsync(query, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SessionKey>> ListLiveAsync(SessionKey? after, int limit, CancellationToken cancellationToken) =>
        _sessions.ListLiveAsync(after, limit, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ExpiredSession>> ListExpiredAsync(DateTimeOffset until, ExpiredSession? after, int limit, CancellationToken cancellationToken) =>
        _sessions.ListExpiredAsync(until, after, limit, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(SessionKey session, CancellationToken cancellationToken) =>
        _deletion.DeleteAsync(session, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> MeasureAsync(string environment, CancellationToken cancellationToken) => _bytes.MeasureAsync(environment, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StateEntry?> GetAsync(StateKey key, CancellationToken cancellationToken) => _states.GetAsync(key, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long?> PutAsync(StatePut put, long? expectedVersion, CancellationToken cancellationToken) =>
        _states.PutAsync(put, expectedVersion, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StateEntry>> ListAsync(
        string environment, string space, string prefix, string? after, int limit, CancellationToken cancellationToken) =>
        _states.ListAsync(environment, space, prefix, after, limit, cancellationToken);

    /// <summary>Refuses further commits, waits for those under way and closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        await _writers.DisposeAsync();
        await _connections.DisposeAsync();
    }
}
