using AgentSessions.Embedded.Entries;
using AgentSessions.Embedded.Journal;

namespace AgentSessions.Embedded.Sqlite;

/// <summary>The table <c>journal</c>: up to where the journal is in the database.</summary>
/// <param name="Checkpoint">Every group before this place is in the database.</param>
/// <param name="OwesErasing">Whether files may still hold bytes of a session whose deletion is in the database.</param>
internal readonly record struct JournalRow(JournalPosition Checkpoint, bool OwesErasing)
{
    private const byte Form = 1;

    /// <summary>The row, or null in a new database.</summary>
    public static JournalRow? Read(SqliteDatabase database)
    {
        using SqliteStatement row = database.Use("SELECT body FROM journal WHERE id = 1");
        if (!row.Step())
        {
            return null;
        }

        var body = new ByteReader(CheckedBody.Open(row.Blob(0), 0, "journal position"));
        StoredForm.Require(body.Byte(), Form);
        return new JournalRow(new JournalPosition(body.Number(), body.Number(), body.Number()), body.Byte() != 0);
    }

    public void Put(SqliteDatabase database, ByteWriter scratch)
    {
        scratch.Clear();
        scratch.Byte(Form);
        scratch.Number(Checkpoint.Segment);
        scratch.Number(Checkpoint.Offset);
        scratch.Number(Checkpoint.Sequence);
        scratch.Byte(OwesErasing ? (byte)1 : (byte)0);
        using SqliteStatement put = database.Use("INSERT INTO journal (id, body) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body");
        put.Bind(CheckedBody.Seal(scratch, 0)).Run();
    }
}
