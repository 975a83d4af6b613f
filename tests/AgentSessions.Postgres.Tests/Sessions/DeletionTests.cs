using System.Text;
using AgentSessions.Conformance;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Postgres.Connections;
using AgentSessions.TestPostgres;
using Npgsql;

namespace AgentSessions.Postgres.Tests.Sessions;

/// <summary>Promise R24 on PostgreSQL: a dump made after a deletion holds nothing of it, nor do the table files once they were written anew.</summary>
public sealed class DeletionTests
{
    private const int Deleted = 100;
    private const string Planted = "planted-[0-9]{4}";

    [Fact]
    public async Task Delete_LeavesNothingInADump_NorInTableFilesAfterAFullVacuum()
    {
        await using PrivatePostgres server = await PrivatePostgres.StartAsync(new PrivatePostgresSettings(Settings: "autovacuum=off"));
        await server.ExecuteAsync("CREATE DATABASE planted");
        await using PostgresSessionStore store = await StoreOpener.OpenAsync(StoreOpener.Options(server.ConnectionString("planted")));
        SessionKey[] sessions = [.. Enumerable.Range(0, Deleted + 1).Select(static i => new SessionKey("env", $"planted-{i:D4}"))];
        foreach (SessionKey session in sessions)
        {
            await FillAsync(store, session);
        }

        await server.ExecuteAsync("CHECKPOINT", "planted");
        Assert.Equal(sessions.Length, (await server.FindInFilesAsync(Planted)).Count);
        foreach (SessionKey session in sessions[1..])
        {
            Assert.True(await store.DeleteAsync(session, default));
        }

        Assert.Equal(["planted-0000"], await server.FindInDumpAsync("planted", Planted));

        // Without FULL the room is free for new rows, and the bytes stay until some come.
        await server.ExecuteAsync("VACUUM (FULL, ANALYZE)", "planted");
        await server.ExecuteAsync("CHECKPOINT", "planted");
        Assert.Equal(["planted-0000"], await server.FindInFilesAsync(Planted));
    }

    [Fact]
    public async Task Delete_OfMoreThanOneCommandMayTake_IsDone()
    {
        PrivatePostgres server = await SharedPostgres.GetAsync();
        PostgresOptions options = StoreOpener.Options(await server.CreateDatabaseAsync());
        await using PostgresSessionStore store = await StoreOpener.OpenAsync(options);
        var session = new SessionKey("env", "large");
        await FillAsync(store, session);

        // As records do that lie on many pages of a slow disk.
        await server.ExecuteAsync(
            """
            CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1.5); RETURN OLD; END $$;
            CREATE TRIGGER slow BEFORE DELETE ON agent_sessions.records FOR EACH ROW EXECUTE FUNCTION slow();
            """,
            new NpgsqlConnectionStringBuilder(options.ConnectionString).Database!);
        options.CommandTimeout = TimeSpan.FromSeconds(1);
        await using PostgresSessionStore impatient = await StoreOpener.OpenAsync(options);

        Assert.True(await impatient.DeleteAsync(session, default));
        Assert.Null(await store.LoadAsync(session, default));
    }

    /// <summary>Leaves the session's name in every kind of place.</summary>
    private static async Task FillAsync(PostgresSessionStore store, SessionKey session)
    {
        string text = $"{session.Key} {new string('x', 3000)}";
        await store.CommitAsync(
            Sample.Creation(Sample.Row(session) with { Agent = session.Key, Tags = [session.Key], Metadata = $$"""{"userId":"{{session.Key}}"}""" }), default);
        SessionHead head = (await store.LoadAsync(session, default))!;
        for (int i = 0; i < 3; i++)
        {
            await store.CommitAsync(Sample.Append(StreamId.Out(session), Sample.Batch(i * 4, 4, text)), default);
        }

        await store.CommitAsync(
            new SessionCommit
            {
                Session = session,
                ExpectedVersion = head.Version,
                Transcript = new() { Puts = [Sample.Message($"{session.Key}-1", text)], State = $"\"{text}\"" },
                Runs = [Sample.Run(session, $"run_{session.Key}", 1) with { Error = text }],
                States = [new(new StateKey("env", "documents", session.Key), Encoding.UTF8.GetBytes(text), session)],
            },
            default);
    }
}
