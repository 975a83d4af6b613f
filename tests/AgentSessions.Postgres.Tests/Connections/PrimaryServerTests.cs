using AgentSessions.Postgres.Connections;
using AgentSessions.TestPostgres;
using Npgsql;

namespace AgentSessions.Postgres.Tests.Connections;

/// <summary>A connection string that names several servers.</summary>
public sealed class PrimaryServerTests
{
    [Fact]
    public async Task Open_AfterTheOtherServerWasFound_DoesNotAskTheSilentOneAgain()
    {
        using var silent = new SilentServer();
        int answering = (await SharedPostgres.GetAsync()).Port;
        await using var server = new PrimaryServer(ConnectionSettings.ForWriters(new PostgresOptions
        {
            ConnectionString = $"Host=127.0.0.1:{silent.Port}, 127.0.0.1:{answering};Username=postgres",
            ConnectTimeout = TimeSpan.FromSeconds(2),
        }));
        Assert.Equal(answering, await PortAsync(server));
        Assert.True(silent.WasAsked());

        Assert.Equal(answering, await PortAsync(server));
        Assert.False(silent.WasAsked());
    }

    [Theory]
    [InlineData("Host=db", "db:5432/sessions")]
    [InlineData("Host=db;Port=5433", "db:5433/sessions")]
    [InlineData("Host=one,two:5433;Target Session Attributes=primary", "one:5432,two:5433/sessions")]
    public void Describe_NamesEveryServerAndNoUser(string connectionString, string described) =>
        Assert.Equal(described, ConnectionSettings.Describe(new() { ConnectionString = $"{connectionString};Database=sessions;Username=me;Password=secret" }));

    private static async Task<int> PortAsync(PrimaryServer server)
    {
        await using NpgsqlConnection connection = await server.OpenAsync(default);
        return connection.Port;
    }
}
