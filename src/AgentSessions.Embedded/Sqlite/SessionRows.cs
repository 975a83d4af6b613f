using System.Text.Json;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Embedded.Entries;

namespace AgentSessions.Embedded.Sqlite;

/// <summary>The tables <c>sessions</c>, <c>heads</c> and <c>channels</c>.</summary>
internal static class SessionRows
{
    private const byte HeadForm = 1;

    public static StoredSession? Load(SqliteDatabase database, SessionKey key)
    {
        using SqliteStatement session = database.Use(
            "SELECT s.number, s.body, h.body FROM sessions s JOIN heads h ON h.session = s.number WHERE s.environment = ? AND s.key = ?");
        if (!session.Bind(key.Environment).Bind(key.Key).Step())
        {
            return null;
        }

        long number = session.Number(0);
        var head = new ByteReader(CheckedBody.Open(session.Blob(2), number, "progress"));
        StoredForm.Require(head.Byte(), HeadForm);
        (SessionRow row, long version) = ReadRow(session.Blob(1), number);
        return new StoredSession(
            number,
            version,
            row,
            ProgressCoding.Read(ref head),
            StoredStream.Read(ref head),
            StoredStream.Read(ref head),
            LoadChannels(database, number));
    }

    /// <summary>The number and key of the session with a friendly id.</summary>
    public static (long Number, SessionKey Key)? Find(SqliteDatabase database, string environment, string friendlyId)
    {
        using SqliteStatement session = database.Use("SELECT number, key FROM sessions WHERE id = ? AND environment = ?");
        return session.Bind(friendlyId).Bind(environment).Step()
            ? (session.Number(0), new SessionKey(environment, session.Text(1)))
            : null;
    }

    public static SessionKey? KeyOf(SqliteDatabase database, long number)
    {
        using SqliteStatement session = database.Use("SELECT environment, key FROM sessions WHERE number = ?");
        return session.Bind(number).Step() ? new SessionKey(session.Text(0), session.Text(1)) : null;
    }

    public static (SessionRow Row, long Version) ReadRow(ReadOnlySpan<byte> body, long number)
    {
        var reader = new ByteReader(CheckedBody.Open(body, number, "row"));
        long version = reader.Number();
        return (RowCoding.Read(ref reader), version);
    }

    /// <summary>The row, or null if it is damaged.</summary>
    public static SessionRow? TryReadRow(ReadOnlySpan<byte> body, long number) =>
        CheckedBody.TryOpen(body, number, out _) ? ReadRow(body, number).Row : null;

    public static void Put(SqliteDatabase database, ByteWriter scratch, long number, long version, SessionRow row)
    {
        scratch.Clear();
        scratch.Number(version);
        RowCoding.Write(scratch, row);
        using SqliteStatement put = database.Use(
            """
            INSERT INTO sessions (number, environment, key, id, type, agent, tags, user_id, created_at, closed_at, expires_at, is_live, body)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (number) DO UPDATE SET id = excluded.id, type = excluded.type, agent = excluded.agent, tags = excluded.tags,
                user_id = excluded.user_id, created_at = excluded.created_at, closed_at = excluded.closed_at,
                expires_at = excluded.expires_at, is_live = excluded.is_live, body = excluded.body
            """);
        put.Bind(number).Bind(row.Key.Environment).Bind(row.Key.Key).Bind(row.Id).Bind(row.Type).Bind(row.Agent).Bind(TagsOf(row))
            .Bind(SessionQueryRules.UserIdOf(row.Metadata))
            .Bind(row.CreatedAt.UtcTicks).Bind(row.ClosedAt?.UtcTicks).Bind(row.ExpiresAt?.UtcTicks)
            .Bind(row.HasLiveRun ? 1 : 0)
            .Bind(CheckedBody.Seal(scratch, number))
            .Run();
    }

    /// <summary>Compares what rows are searched by with what they say.</summary>
    /// <exception cref="StoreDamagedException">They differ.</exception>
    public static void CheckColumns(SqliteDatabase database)
    {
        using SqliteStatement sessions = database.Once(
            """
            SELECT number, body, environment, key, id, type, agent, tags, user_id, created_at, closed_at, expires_at, is_live FROM sessions
            """);
        while (sessions.Step())
        {
            SessionRow row = ReadRow(sessions.Blob(1), sessions.Number(0)).Row;
            string?[] expected =
            [
                row.Key.Environment, row.Key.Key, row.Id, row.Type, row.Agent, TagsOf(row), SessionQueryRules.UserIdOf(row.Metadata),
                $"{row.CreatedAt.UtcTicks}", $"{row.ClosedAt?.UtcTicks}", $"{row.ExpiresAt?.UtcTicks}", row.HasLiveRun ? "1" : "0",
            ];
            for (int i = 0; i < expected.Length; i++)
            {
                if (sessions.Text(i + 2) != (expected[i] ?? ""))
                {
                    throw new StoreDamagedException(
                        $"The columns of session number {sessions.Number(0)} contradict its row. Restore the store from a backup.");
                }
            }
        }
    }

    public static void PutHead(
        SqliteDatabase database, ByteWriter scratch, long number, SessionProgress progress, StoredStream input, StoredStream output)
    {
        scratch.Clear();
        scratch.Byte(HeadForm);
        ProgressCoding.Write(scratch, progress);
        input.Write(scratch);
        output.Write(scratch);
        using SqliteStatement put = database.Use(
            "INSERT INTO heads (session, body) VALUES (?, ?) ON CONFLICT (session) DO UPDATE SET body = excluded.body");
        put.Bind(number).Bind(CheckedBody.Seal(scratch, number)).Run();
    }

    public static void PutChannel(SqliteDatabase database, ByteWriter scratch, long number, string stream, StoredStream stored)
    {
        scratch.Clear();
        scratch.Byte(HeadForm);
        stored.Write(scratch);
        using SqliteStatement put = database.Use(
            "INSERT INTO channels (session, stream, body) VALUES (?, ?, ?) ON CONFLICT (session, stream) DO UPDATE SET body = excluded.body");
        put.Bind(number).Bind(stream).Bind(CheckedBody.Seal(scratch, number)).Run();
    }

    /// <summary>Removes the session and everything that carries its number.</summary>
    public static void Delete(SqliteDatabase database, long number)
    {
        string[] statements =
        [
            "DELETE FROM chunks WHERE session = ?", "DELETE FROM channels WHERE session = ?", "DELETE FROM messages WHERE session = ?",
            "DELETE FROM transcripts WHERE session = ?", "DELETE FROM runs WHERE session = ?", "DELETE FROM heads WHERE session = ?",
            "DELETE FROM sessions WHERE number = ?",
        ];
        foreach (string sql in statements)
        {
            using SqliteStatement delete = database.Use(sql);
            delete.Bind(number).Run();
        }
    }

    private static string? TagsOf(SessionRow row) => row.Tags.Count == 0 ? null : JsonSerializer.Serialize(row.Tags);

    private static Dictionary<string, StoredStream> LoadChannels(SqliteDatabase database, long number)
    {
        var found = new Dictionary<string, StoredStream>();
        using SqliteStatement channels = database.Use("SELECT stream, body FROM channels WHERE session = ?");
        channels.Bind(number);
        while (channels.Step())
        {
            var body = new ByteReader(CheckedBody.Open(channels.Blob(1), number, "side channel"));
            StoredForm.Require(body.Byte(), HeadForm);
            found.Add(channels.Text(0), StoredStream.Read(ref body));
        }

        return found;
    }
}
