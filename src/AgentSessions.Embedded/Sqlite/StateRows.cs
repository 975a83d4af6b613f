using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Embedded.Entries;

namespace AgentSessions.Embedded.Sqlite;

/// <summary>The table <c>states</c>.</summary>
internal static class StateRows
{
    /// <summary>States belong to no session's number; their names are in the checked value itself.</summary>
    private const long NoOwner = 0;

    public static StateEntry? Get(SqliteDatabase database, StateKey key)
    {
        using SqliteStatement state = database.Use("SELECT body FROM states WHERE environment = ? AND space = ? AND name = ?");
        return state.Bind(key.Environment).Bind(key.Space).Bind(key.Name).Step() ? Read(state.Blob(0)) : null;
    }

    public static List<StateEntry> List(
        SqliteDatabase database, string environment, string space, string prefix, string? after, int limit)
    {
        // The names with a prefix are those from it on that start with it; the walk ends at the first that does not.
        bool fromAfter = after is not null && string.CompareOrdinal(after, prefix) >= 0;
        using SqliteStatement states = database.Use(fromAfter
            ? "SELECT name, body FROM states WHERE environment = ? AND space = ? AND name > ? ORDER BY name"
            : "SELECT name, body FROM states WHERE environment = ? AND space = ? AND name >= ? ORDER BY name");
        states.Bind(environment).Bind(space).Bind(fromAfter ? after : prefix);
        var found = new List<StateEntry>();
        while (found.Count < limit && states.Step() && states.Text(0).StartsWith(prefix, StringComparison.Ordinal))
        {
            found.Add(Read(states.Blob(1)));
        }

        return found;
    }

    public static void Put(SqliteDatabase database, ByteWriter scratch, StateEntry entry)
    {
        scratch.Clear();
        StateCoding.Write(scratch, new StatePut(entry.Key, entry.Value, entry.Owner), entry.Version);
        using SqliteStatement put = database.Use(
            """
            INSERT INTO states (environment, space, name, owner_environment, owner_key, body) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (environment, space, name) DO UPDATE SET
                owner_environment = excluded.owner_environment, owner_key = excluded.owner_key, body = excluded.body
            """);
        put.Bind(entry.Key.Environment).Bind(entry.Key.Space).Bind(entry.Key.Name)
            .Bind(entry.Owner?.Environment).Bind(entry.Owner?.Key)
            .Bind(CheckedBody.Seal(scratch, NoOwner)).Run();
    }

    public static void Remove(SqliteDatabase database, StateKey key)
    {
        using SqliteStatement remove = database.Use("DELETE FROM states WHERE environment = ? AND space = ? AND name = ?");
        remove.Bind(key.Environment).Bind(key.Space).Bind(key.Name).Run();
    }

    public static void RemoveOwned(SqliteDatabase database, SessionKey owner)
    {
        using SqliteStatement remove = database.Use("DELETE FROM states WHERE owner_environment = ? AND owner_key = ?");
        remove.Bind(owner.Environment).Bind(owner.Key).Run();
    }

    private static StateEntry Read(ReadOnlySpan<byte> body)
    {
        var reader = new ByteReader(CheckedBody.Open(body, NoOwner, "state"));
        (StatePut put, long version) = StateCoding.Read(ref reader);
        return new StateEntry(put.Key, put.Value!.Value, version, put.Owner);
    }
}
