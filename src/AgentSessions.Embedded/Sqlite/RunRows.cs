using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Embedded.Entries;

namespace AgentSessions.Embedded.Sqlite;

/// <summary>The table <c>runs</c>.</summary>
internal static class RunRows
{
    /// <summary>Finds a run and the number of its session.</summary>
    public static (long Session, RunRow Run)? Find(SqliteDatabase database, string environment, string id)
    {
        using SqliteStatement run = database.Use(
            "SELECT r.session, s.key, r.body FROM runs r JOIN sessions s ON s.number = r.session WHERE r.environment = ? AND r.id = ?");
        return run.Bind(environment).Bind(id).Step()
            ? (run.Number(0), Read(run.Blob(2), run.Number(0), new SessionKey(environment, run.Text(1))))
            : null;
    }

    public static List<RunRow> List(SqliteDatabase database, long number, SessionKey session, int limit)
    {
        using SqliteStatement runs = database.Use("SELECT body FROM runs WHERE session = ? ORDER BY number DESC LIMIT ?");
        runs.Bind(number).Bind(limit);
        var found = new List<RunRow>();
        while (runs.Step())
        {
            found.Add(Read(runs.Blob(0), number, session));
        }

        return found;
    }

    public static void Put(SqliteDatabase database, ByteWriter scratch, long number, RunRow run)
    {
        scratch.Clear();
        RunCoding.Write(scratch, run);
        using SqliteStatement put = database.Use(
            """
            INSERT INTO runs (environment, id, session, number, body) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (environment, id) DO UPDATE SET session = excluded.session, number = excluded.number, body = excluded.body
            """);
        put.Bind(run.Session.Environment).Bind(run.Id).Bind(number).Bind(run.Number).Bind(CheckedBody.Seal(scratch, number)).Run();
    }

    private static RunRow Read(ReadOnlySpan<byte> body, long number, SessionKey session)
    {
        var reader = new ByteReader(CheckedBody.Open(body, number, "run"));
        return RunCoding.Read(ref reader, session);
    }
}
