using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Postgres.Values;
using Npgsql;
using Db = NpgsqlTypes.NpgsqlDbType;

namespace AgentSessions.Postgres.Commits;

/// <summary>Changes stored transcripts: truncates, removes, then puts, then the runtime's own state.</summary>
internal static class TranscriptStatements
{
    private const string Truncate = """
        DELETE FROM agent_sessions.messages m
        USING unnest($2, $3, $4) AS c (environment, key, after)
        JOIN agent_sessions.heads h ON h.environment = c.environment AND h.key = c.key AND h.mark = $1
        WHERE m.session = h.id AND (c.after IS NULL OR m.position > (
            SELECT k.position FROM agent_sessions.messages k WHERE k.session = h.id AND k.id_key = c.after))
        """;

    private const string Remove = """
        DELETE FROM agent_sessions.messages m
        USING unnest($2, $3, $4) AS c (environment, key, id_key)
        JOIN agent_sessions.heads h ON h.environment = c.environment AND h.key = c.key AND h.mark = $1
        WHERE m.session = h.id AND m.id_key = c.id_key
        """;

    private const string Put = """
        INSERT INTO agent_sessions.messages (session, position, id_key, id, final, json)
        SELECT h.id,
            coalesce((SELECT max(m.position) FROM agent_sessions.messages m WHERE m.session = h.id), 0)
                + row_number() OVER (PARTITION BY h.id ORDER BY c.place),
            c.id_key, c.id, c.final, c.json
        FROM unnest($2, $3, $4, $5, $6, $7) WITH ORDINALITY AS c (environment, key, id_key, id, final, json, place)
        JOIN agent_sessions.heads h ON h.environment = c.environment AND h.key = c.key AND h.mark = $1
        ON CONFLICT (session, id_key) DO UPDATE SET final = excluded.final, json = excluded.json
        """;

    private const string Save = """
        INSERT INTO agent_sessions.transcripts AS t (session, state, last_out, last_in, saved_at)
        SELECT h.id, c.state, c.last_out, c.last_in, c.saved_at
        FROM unnest($2, $3, $4, $5, $6, $7) AS c (environment, key, state, last_out, last_in, saved_at)
        JOIN agent_sessions.heads h ON h.environment = c.environment AND h.key = c.key AND h.mark = $1
        ON CONFLICT (session) DO UPDATE SET
            state = coalesce(excluded.state, t.state),
            last_out = coalesce(excluded.last_out, t.last_out),
            last_in = coalesce(excluded.last_in, t.last_in),
            saved_at = excluded.saved_at
        """;

    public static void AddChanges(NpgsqlBatch batch, IReadOnlyList<PendingCommit> commits, long mark)
    {
        PendingCommit[] owners = [.. commits.Where(commit => commit.Commit.Transcript is not null)];
        if (owners.Length == 0)
        {
            return;
        }

        // No id stands for all messages.
        Add(batch, Truncate, mark, owners, TruncationOf, static (command, ids) =>
            command.AddColumn(ids, Db.Text, static id => id.Length == 0 ? null : IndexText.Of(id)));
        Add(batch, Remove, mark, owners, static delta => delta.Removes, static (command, ids) =>
            command.AddColumn(ids, Db.Text, IndexText.Of));
        Add(batch, Put, mark, owners, LastOfEach, static (command, puts) =>
        {
            command.AddColumn(puts, Db.Text, static put => IndexText.Of(put.Id));
            command.AddColumn(puts, Db.Text, static put => IndexText.IsShort(put.Id) ? null : StoredText.Encode(put.Id));
            command.AddColumn(puts, Db.Boolean, static put => put.Final);
            command.AddColumn(puts, Db.Bytea, static put => put.Json);
        });
        Add<TranscriptDelta>(batch, Save, mark, owners, static delta => [delta], static (command, deltas) =>
        {
            command.AddColumn(deltas, Db.Text, static delta => StoredText.EncodeOrNull(delta.State));
            command.AddColumn(deltas, Db.Bigint, static delta => delta.LastOutSequence);
            command.AddColumn(deltas, Db.Bigint, static delta => delta.LastInSequence);
            command.AddColumn(deltas, Db.Bigint, static delta => delta.SavedAt);
        });
    }

    private static IReadOnlyList<string> TruncationOf(TranscriptDelta delta) => delta.TruncateAfter is { } after ? [after] : [];

    /// <summary>One statement may touch a row once: of equal ids the first gives the place and the last the content.</summary>
    private static IReadOnlyList<StoredMessage> LastOfEach(TranscriptDelta delta) =>
        delta.Puts.Count < 2 ? delta.Puts : [.. delta.Puts.GroupBy(put => put.Id, StringComparer.Ordinal).Select(same => same.Last())];

    private static void Add<TItem>(
        NpgsqlBatch batch, string sql, long mark, PendingCommit[] owners,
        Func<TranscriptDelta, IReadOnlyList<TItem>> select, Action<NpgsqlBatchCommand, TItem[]> bind)
    {
        (PendingCommit Owner, TItem Item)[] items =
            [.. owners.SelectMany(owner => select(owner.Commit.Transcript!).Select(item => (owner, item)))];
        if (items.Length == 0)
        {
            return;
        }

        var command = new NpgsqlBatchCommand(sql);
        command.AddValue(mark);
        command.AddKeys(Array.ConvertAll(items, item => item.Owner));
        bind(command, Array.ConvertAll(items, item => item.Item));
        batch.BatchCommands.Add(command);
    }
}
