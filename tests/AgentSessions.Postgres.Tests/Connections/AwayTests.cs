using AgentSessions.Postgres.Connections;
using AgentSessions.TestPostgres;
using AgentSessions.TestServer;

namespace AgentSessions.Postgres.Tests.Connections;

/// <summary>What an operator reads of a database that is away.</summary>
public sealed class AwayTests
{
    [Fact]
    public async Task Database_ThatIsAway_IsExplainedOnce_AndSaidToBeBack()
    {
        await using PrivatePostgres server = await PrivatePostgres.StartAsync(new PrivatePostgresSettings(Fsync: false));
        using var logs = new CollectedLogs();
        PostgresOptions options = StoreOpener.Options(server.ConnectionString());
        options.RetryFor = TimeSpan.Zero;
        await using var connections = new PostgresConnections(options, TimeProvider.System, logs.CreateLogger("store"));

        await server.StopAsync("fast");
        for (int i = 0; i < 3; i++)
        {
            await Assert.ThrowsAnyAsync<Exception>(() => AskAsync(connections));
        }

        await server.StartAgainAsync();
        await AskAsync(connections);
        await AskAsync(connections);

        string[] lines = [.. logs.Lines];
        Assert.Equal(4, lines.Length);
        Assert.Contains("   at ", lines[0]);
        Assert.All(lines[1..3], static line => Assert.EndsWith("the database still lets nobody in", line));
        Assert.EndsWith("The database lets us in again", lines[3]);
    }

    private static async Task AskAsync(PostgresConnections connections) =>
        await connections.ReadAsync(static (_, _) => Task.FromResult(true), CancellationToken.None);
}
