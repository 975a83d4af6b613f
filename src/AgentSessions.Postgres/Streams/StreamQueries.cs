using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Postgres.Connections;
using AgentSessions.Postgres.Values;
using AgentSessions.Protocol.Records;
using Npgsql;

namespace AgentSessions.Postgres.Streams;

/// <summary>Reads streams and their bounds.</summary>
internal sealed class StreamQueries(PostgresConnections connections)
{
    private const string OwnIn = "SELECT h.id, 0, 0::bigint, h.in_tail, h.in_time FROM agent_sessions.heads h WHERE h.environment = $1 AND h.key = $2";

    private const string OwnOut =
        "SELECT h.id, 1, h.out_oldest, h.out_tail, h.out_time FROM agent_sessions.heads h WHERE h.environment = $1 AND h.key = $2";

    private const string Side = """
        SELECT h.id, s.stream, 0::bigint, s.tail, s.time FROM agent_sessions.heads h
        JOIN agent_sessions.channels s ON s.session = h.id AND s.channel = $3 AND s.direction = $4
        WHERE h.environment = $1 AND h.key = $2
        """;

    // From the row that holds the cursor on, one row after the other until there are bytes enough. A row starts where the one before
    // ends, so each step is one look in the index and no row is read in vain.
    private const string Records = """
        WITH RECURSIVE head AS ({0}), found AS (
            (SELECT r.session, r.stream, r.first, r.count, r.time, r.crc, r.data, octet_length(r.data)::bigint AS bytes
                FROM head b (id, stream, oldest, tail, time) CROSS JOIN LATERAL (
                    SELECT * FROM agent_sessions.records x
                    WHERE x.session = b.id AND x.stream = b.stream AND x.first <= greatest(b.oldest, {1})
                    ORDER BY x.first DESC LIMIT 1) r
                WHERE greatest(b.oldest, {1}) < b.tail)
            UNION ALL
            SELECT r.session, r.stream, r.first, r.count, r.time, r.crc, r.data, f.bytes + octet_length(r.data)
                FROM found f JOIN agent_sessions.records r
                    ON r.session = f.session AND r.stream = f.stream AND r.first = f.first + f.count
                WHERE f.bytes < {2}
        )
        SELECT f.first, f.count, f.time, f.crc, f.data, b.oldest, b.tail
        FROM head b (id, stream, oldest, tail, time) LEFT JOIN found f ON true ORDER BY f.first
        """;

    private static readonly string _readIn = string.Format(Records, OwnIn, "$3", "$4");
    private static readonly string _readOut = string.Format(Records, OwnOut, "$3", "$4");
    private static readonly string _readSide = string.Format(Records, Side, "$5", "$6");

    private const string Channels = """
        SELECT DISTINCT s.channel FROM agent_sessions.channels s JOIN agent_sessions.heads h ON h.id = s.session
        WHERE h.environment = $1 AND h.key = $2 ORDER BY s.channel
        """;

    public ValueTask<StreamBounds> GetBoundsAsync(StreamId stream, CancellationToken cancellationToken) =>
        connections.ReadAsync(async (connection, token) =>
            await Named(connection, stream, OwnIn, OwnOut, Side).ReadFirstAsync(ReadBounds, token) ?? StreamBounds.Empty, cancellationToken);

    /// <exception cref="StoreDamagedException">A row is missing or its bytes are not those that were stored.</exception>
    public ValueTask<RecordBatch?> ReadAsync(StreamId stream, Cursor from, int maxBytes, CancellationToken cancellationToken) =>
        connections.ReadAsync(async (connection, token) =>
        {
            NpgsqlCommand command = Named(connection, stream, _readIn, _readOut, _readSide).With(from.Value).With((long)maxBytes);
            List<RecordBatch?> batches = await command.ReadRowsAsync(reader => ReadBatch(reader, stream, from), token);
            return batches.Count == 0 || batches[0] is null ? null : batches.ConvertAll(static batch => batch!).Join();
        }, cancellationToken);

    public ValueTask<IReadOnlyList<string>> ListChannelsAsync(SessionKey session, CancellationToken cancellationToken) =>
        connections.ReadAsync<IReadOnlyList<string>>(async (connection, token) => await SqlCommands.Make(connection, Channels)
            .With(StoredText.Encode(session.Environment)).With(StoredText.Encode(session.Key))
            .ReadRowsAsync(static reader => reader.Text(0), token), cancellationToken);

    private static NpgsqlCommand Named(NpgsqlConnection connection, StreamId stream, string ownIn, string ownOut, string side)
    {
        string sql = stream.IsSideChannel ? side : stream.Direction == StreamDirection.In ? ownIn : ownOut;
        NpgsqlCommand command = SqlCommands.Make(connection, sql)
            .With(StoredText.Encode(stream.Session.Environment)).With(StoredText.Encode(stream.Session.Key));
        return stream.IsSideChannel ? command.With(StoredText.Encode(stream.Channel)).With((short)stream.Direction) : command;
    }

    private static StreamBounds? ReadBounds(NpgsqlDataReader reader) =>
        new StreamBounds(new Cursor(reader.GetInt64(2)), new Cursor(reader.GetInt64(3)), reader.GetInt64(4));

    /// <returns>Null for the stream's bounds alone, with no row at or after the cursor.</returns>
    private static RecordBatch? ReadBatch(NpgsqlDataReader reader, StreamId stream, Cursor from)
    {
        // The trim may have left a row of which only the end is kept.
        var oldest = new Cursor(reader.GetInt64(5));
        Cursor start = from > oldest ? from : oldest;
        if (reader.IsDBNull(0))
        {
            return start.Value < reader.GetInt64(6) ? throw Missing(stream, start) : null;
        }

        long first = reader.GetInt64(0);
        byte[] data = reader.GetFieldValue<byte[]>(4);
        return RecordChecksum.Of(first, data) == reader.GetInt32(3)
            ? new RecordBatch(new Cursor(first), reader.GetInt32(1), reader.GetInt64(2), data).From(start) ?? throw Missing(stream, start)
            : throw new StoreDamagedException($"The records of {stream} from {first} on are not the bytes that were stored.");
    }

    private static StoreDamagedException Missing(StreamId stream, Cursor start) => new($"The records of {stream} from {start} on are missing.");
}
