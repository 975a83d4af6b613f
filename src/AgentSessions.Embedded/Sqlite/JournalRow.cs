using AgentSessions.Embedded.Entries;
using AgentSessions.Embedded.Journal;

namespace AgentSessions.Embedded.Sqlite;

/// <summary>The table <c>journal</c>: up to where the journal is in the database.</summary>
internal static class JournalRow
{
    private const byte Form = 1;

    /// <summary>The place, or null in a new database.</summary>
    public static JournalPosition? Read(SqliteDatabase database)
    {
        using SqliteStatement row = database.Use("SELECT body FROM journal WHERE id = 1");
        if (!row.Step())
        {
            return null;
        }

        var body = new ByteReader(CheckedBody.Open(row.Blob(0), 0, "journal position"));
        StoredForm.Require(body.Byte(), Form);
        return new JournalPosition(body.Number(), body.Number(), body.Number());
    }

    public static void Put(SqliteDatabase database, ByteWriter scratch, JournalPosition position)
    {
        scratch.Clear();
        scratch.Byte(Form);
        scratch.Number(position.Segment);
        scratch.Number(position.Offset);
        scratch.Number(position.Sequence);
        using SqliteStatement put = database.Use("INSERT INTO journal (id, body) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body");
        put.Bind(CheckedBody.Seal(scratch, 0)).Run();
    }
}
