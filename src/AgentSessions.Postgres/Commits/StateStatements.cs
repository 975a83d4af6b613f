using AgentSessions.Core.Storage;
using AgentSessions.Postgres.Values;
using Npgsql;
using Db = NpgsqlTypes.NpgsqlDbType;

namespace AgentSessions.Postgres.Commits;

/// <summary>Puts and removes the states that go with a commit.</summary>
internal static class StateStatements
{
    private const string Put = """
        INSERT INTO agent_sessions.states AS s (environment, space, name, version, value, owner_environment, owner_key)
        SELECT c.state_environment, c.space, c.name, 1, c.value, c.owner_environment, c.owner_key
        FROM unnest($2, $3, $4, $5, $6, $7, $8, $9)
            AS c (environment, key, state_environment, space, name, value, owner_environment, owner_key)
        JOIN agent_sessions.heads h ON h.environment = c.environment AND h.key = c.key AND h.mark = $1
        ORDER BY 1, 2, 3
        ON CONFLICT (environment, space, name) DO UPDATE SET version = s.version + 1, value = excluded.value,
            owner_environment = excluded.owner_environment, owner_key = excluded.owner_key
        """;

    private const string Remove = """
        DELETE FROM agent_sessions.states s
        USING unnest($2, $3, $4, $5, $6) AS c (environment, key, state_environment, space, name)
        JOIN agent_sessions.heads h ON h.environment = c.environment AND h.key = c.key AND h.mark = $1
        WHERE s.environment = c.state_environment AND s.space = c.space AND s.name = c.name
        """;

    public static void AddPuts(NpgsqlBatch batch, IReadOnlyList<PendingCommit> commits, long mark)
    {
        // One statement may touch a row once, and a put and a removal of one name are different statements: a commit's last word
        // counts. Commits of one group never name the same state.
        (PendingCommit Owner, StatePut State)[] all =
            [.. commits.SelectMany(owner => owner.Commit.States
                .GroupBy(state => state.Key)
                .Select(same => (owner, same.Last())))];
        Add(batch, Remove, mark, [.. all.Where(put => put.State.Value is null)], static (_, _) => { });
        Add(batch, Put, mark, [.. all.Where(put => put.State.Value is not null)], static (command, states) =>
        {
            command.AddColumn(states, Db.Bytea, static state => state.Value!.Value);
            command.AddColumn(states, Db.Text, static state => StoredText.EncodeOrNull(state.Owner?.Environment));
            command.AddColumn(states, Db.Text, static state => StoredText.EncodeOrNull(state.Owner?.Key));
        });
    }

    private static void Add(
        NpgsqlBatch batch, string sql, long mark, (PendingCommit Owner, StatePut State)[] puts, Action<NpgsqlBatchCommand, StatePut[]> bind)
    {
        if (puts.Length == 0)
        {
            return;
        }

        var command = new NpgsqlBatchCommand(sql);
        StatePut[] states = Array.ConvertAll(puts, put => put.State);
        command.AddValue(mark);
        command.AddKeys(Array.ConvertAll(puts, put => put.Owner));
        command.AddColumn(states, Db.Text, static state => StoredText.Encode(state.Key.Environment));
        command.AddColumn(states, Db.Text, static state => StoredText.Encode(state.Key.Space));
        command.AddColumn(states, Db.Text, static state => StoredText.Encode(state.Key.Name));
        bind(command, states);
        batch.BatchCommands.Add(command);
    }
}
