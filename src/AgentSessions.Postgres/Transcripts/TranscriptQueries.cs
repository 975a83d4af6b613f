using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Postgres.Connections;
using AgentSessions.Postgres.Values;
using Npgsql;
using NpgsqlTypes;

namespace AgentSessions.Postgres.Transcripts;

/// <summary>Reads stored transcripts.</summary>
internal sealed class TranscriptQueries(PostgresConnections connections)
{
    private const string Summary = """
        SELECT t.state, t.last_out, t.last_in, t.saved_at
        FROM agent_sessions.heads h JOIN agent_sessions.transcripts t ON t.session = h.id
        WHERE h.environment = $1 AND h.key = $2
        """;

    // An unknown message before which to read has no place, and nothing compares to that.
    private const string Page = """
        SELECT coalesce(m.id, m.id_key), m.json, m.final
        FROM agent_sessions.heads h JOIN agent_sessions.messages m ON m.session = h.id
        WHERE h.environment = $1 AND h.key = $2 AND ($3::text IS NULL OR m.position < (
            SELECT k.position FROM agent_sessions.messages k WHERE k.session = h.id AND k.id_key = $3))
        ORDER BY m.position DESC LIMIT $4
        """;

    public ValueTask<StoredTranscript> ReadAsync(SessionKey session, int? limit, string? before, CancellationToken cancellationToken) =>
        connections.ReadAsync(async (connection, token) =>
        {
            // Both in one round trip and one snapshot: the state belongs to the messages.
            await using NpgsqlBatch batch = connection.CreateBatch();
            batch.BatchCommands.Add(Named(Summary, session));
            NpgsqlBatchCommand page = Named(Page, session);
            page.Parameters.Add(new NpgsqlParameter<string?>
            {
                TypedValue = before is null ? null : IndexText.Of(before),
                NpgsqlDbType = NpgsqlDbType.Text,
            });
            page.Parameters.Add(new NpgsqlParameter<long?> { TypedValue = limit + 1L, NpgsqlDbType = NpgsqlDbType.Bigint });
            batch.BatchCommands.Add(page);
            await using NpgsqlTransaction snapshot = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, token);
            await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(token);
            StoredTranscript transcript = await reader.ReadAsync(token) ? ReadSummary(reader) : StoredTranscript.Empty;
            await reader.NextResultAsync(token);
            var messages = new List<StoredMessage>();
            while (await reader.ReadAsync(token))
            {
                messages.Add(new StoredMessage(reader.Text(0), reader.GetFieldValue<byte[]>(1), reader.GetBoolean(2)));
            }

            return transcript with { Messages = Oldest(messages, limit, out string? next), NextBefore = next };
        }, cancellationToken);

    private static NpgsqlBatchCommand Named(string sql, SessionKey session)
    {
        var command = new NpgsqlBatchCommand(sql);
        command.AddValue(StoredText.Encode(session.Environment));
        command.AddValue(StoredText.Encode(session.Key));
        return command;
    }

    private static StoredTranscript ReadSummary(NpgsqlDataReader reader) => new(
        [], null, reader.TextOrNull(0), reader.LongOrNull(1) ?? -1, reader.LongOrNull(2) ?? -1, reader.GetInt64(3));

    /// <summary>Turns the newest-first page round and drops the message that only tells that there are older ones.</summary>
    private static List<StoredMessage> Oldest(List<StoredMessage> newestFirst, int? limit, out string? next)
    {
        bool more = newestFirst.Count > limit;
        if (more)
        {
            newestFirst.RemoveAt(newestFirst.Count - 1);
        }

        newestFirst.Reverse();
        next = more && newestFirst.Count > 0 ? newestFirst[0].Id : null;
        return newestFirst;
    }
}
