using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Embedded.Entries;

namespace AgentSessions.Embedded.Sqlite;

/// <summary>The tables <c>transcripts</c> and <c>messages</c>.</summary>
internal static class TranscriptRows
{
    private const byte Form = 1;

    /// <summary>Reads a page, as <see cref="ISessionStore.ReadTranscriptAsync"/> describes it, and the frame of the last change that is in it.</summary>
    public static (StoredTranscript Page, long Applied) Read(SqliteDatabase database, long number, int? limit, string? before) =>
        database.Snapshot(snapshot =>
        {
            (StoredTranscript cursors, long applied) = ReadCursors(snapshot, number);
            List<StoredMessage> messages = ReadMessages(snapshot, number, limit is { } most ? most + 1L : long.MaxValue, before);
            string? next = null;
            if (messages.Count > limit)
            {
                messages.RemoveAt(messages.Count - 1);
                next = messages.Count > 0 ? messages[^1].Id : null;
            }

            messages.Reverse();
            return (cursors with { Messages = messages, NextBefore = next }, applied);
        });

    /// <summary>Applies changes that the database lacks.</summary>
    /// <returns>False if what it has is damaged. It stays so, and whoever reads it is told.</returns>
    public static bool TryApply(
        SqliteDatabase database, ByteWriter scratch, long number, IReadOnlyList<(long Sequence, TranscriptDelta Delta)> deltas)
    {
        if (FindCursors(database, number) is not var (cursors, applied))
        {
            return false;
        }

        foreach ((long sequence, TranscriptDelta delta) in deltas)
        {
            // After a restart the journal may bring a change that is in the database already.
            if (sequence <= applied)
            {
                continue;
            }

            ApplyMessages(database, scratch, number, delta);
            cursors = new StoredTranscript(
                [], null, delta.State ?? cursors.State, delta.LastOutSequence ?? cursors.LastOutSequence,
                delta.LastInSequence ?? cursors.LastInSequence, delta.SavedAt);
            applied = sequence;
        }

        PutCursors(database, scratch, number, cursors, applied);
        return true;
    }

    private static void ApplyMessages(SqliteDatabase database, ByteWriter scratch, long number, TranscriptDelta delta)
    {
        if (delta.TruncateAfter is { } last)
        {
            using SqliteStatement truncate = database.Use(last.Length == 0
                ? "DELETE FROM messages WHERE session = ?1"
                : "DELETE FROM messages WHERE session = ?1 AND position > (SELECT position FROM messages WHERE session = ?1 AND id = ?2)");
            truncate.Bind(number);
            if (last.Length > 0)
            {
                truncate.Bind(last);
            }

            truncate.Run();
        }

        using SqliteStatement remove = database.Use("DELETE FROM messages WHERE session = ? AND id = ?");
        foreach (string id in delta.Removes)
        {
            remove.Bind(number).Bind(id).Run();
        }

        using SqliteStatement put = database.Use(
            """
            INSERT INTO messages (session, position, id, body)
            VALUES (?1, (SELECT coalesce(max(position), 0) + 1 FROM messages WHERE session = ?1), ?2, ?3)
            ON CONFLICT (session, id) DO UPDATE SET body = excluded.body
            """);
        foreach (StoredMessage message in delta.Puts)
        {
            scratch.Clear();
            scratch.Byte(Form);
            scratch.Text(message.Id);
            scratch.Byte(message.Final ? (byte)1 : (byte)0);
            scratch.Bytes(message.Json.Span);
            put.Bind(number).Bind(message.Id).Bind(CheckedBody.Seal(scratch, number)).Run();
        }
    }

    private static List<StoredMessage> ReadMessages(SqliteDatabase database, long number, long limit, string? before)
    {
        using SqliteStatement messages = database.Use(before is null
            ? "SELECT body FROM messages WHERE session = ?1 ORDER BY position DESC LIMIT ?2"
            : """
              SELECT body FROM messages WHERE session = ?1 AND position < (SELECT position FROM messages WHERE session = ?1 AND id = ?3)
              ORDER BY position DESC LIMIT ?2
              """);
        messages.Bind(number).Bind(limit);
        if (before is not null)
        {
            messages.Bind(before);
        }

        var found = new List<StoredMessage>();
        while (messages.Step())
        {
            var body = new ByteReader(CheckedBody.Open(messages.Blob(0), number, "message"));
            StoredForm.Require(body.Byte(), Form);
            string id = body.Text();
            bool final = body.Byte() != 0;
            found.Add(new StoredMessage(id, body.Bytes().ToArray(), final));
        }

        return found;
    }

    private static (StoredTranscript Cursors, long Applied) ReadCursors(SqliteDatabase database, long number) =>
        FindCursors(database, number) ?? throw CheckedBody.Damaged(number, "transcript");

    /// <returns>Null if they are damaged.</returns>
    private static (StoredTranscript Cursors, long Applied)? FindCursors(SqliteDatabase database, long number)
    {
        using SqliteStatement transcript = database.Use("SELECT body FROM transcripts WHERE session = ?");
        if (!transcript.Bind(number).Step())
        {
            return (StoredTranscript.Empty, 0);
        }

        if (!CheckedBody.TryOpen(transcript.Blob(0), number, out ReadOnlySpan<byte> value))
        {
            return null;
        }

        var body = new ByteReader(value);
        StoredForm.Require(body.Byte(), Form);
        long applied = body.Number();
        return (new StoredTranscript([], null, body.OptionalText(), body.Signed(), body.Signed(), body.Signed()), applied);
    }

    private static void PutCursors(SqliteDatabase database, ByteWriter scratch, long number, StoredTranscript cursors, long applied)
    {
        scratch.Clear();
        scratch.Byte(Form);
        scratch.Number(applied);
        scratch.OptionalText(cursors.State);
        scratch.Signed(cursors.LastOutSequence);
        scratch.Signed(cursors.LastInSequence);
        scratch.Signed(cursors.SavedAt);
        using SqliteStatement put = database.Use(
            """
            INSERT INTO transcripts (session, body) VALUES (?, ?) ON CONFLICT (session) DO UPDATE SET body = excluded.body
            """);
        put.Bind(number).Bind(CheckedBody.Seal(scratch, number)).Run();
    }
}
