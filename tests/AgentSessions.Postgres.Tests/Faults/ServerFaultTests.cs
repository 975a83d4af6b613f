using AgentSessions.Conformance;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Postgres.Connections;
using AgentSessions.TestPostgres;
using AgentSessions.TestServer;
using Xunit.Abstractions;

namespace AgentSessions.Postgres.Tests.Faults;

/// <summary>The server goes away under load, in each way it can. Nothing acknowledged is lost and the store goes on by itself.</summary>
/// <remarks>DATABASE_RESTARTS chooses how often it is restarted in each way; the long form is 25, and only it is held to the promised time.</remarks>
public sealed class ServerFaultTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const string Restarts = "DATABASE_RESTARTS";

    private static readonly TimeSpan _backAgain = Promised.Within(TimeSpan.FromSeconds(5), Restarts);

    // Callers are told soon, however slow the machine.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private PrivatePostgres _server = null!;
    private PostgresSessionStore _store = null!;
    private SessionKey[] _sessions = [];

    public async Task InitializeAsync()
    {
        _server = await PrivatePostgres.StartAsync();
        PostgresOptions options = StoreOpener.Options(_server.ConnectionString());
        options.RetryFor = TimeSpan.FromMilliseconds(500);
        _store = await StoreOpener.OpenAsync(options);
        _sessions = [.. Enumerable.Range(0, 20).Select(i => new SessionKey("test", $"chat-{i}"))];
        await Task.WhenAll(_sessions.Select(session => _store.CommitAsync(Sample.Creation(Sample.Row(session)), default).AsTask()));
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("fast")]
    [InlineData("immediate")]
    public async Task Restart_UnderLoad_LosesNothing(string mode)
    {
        int restarts = TestSetting.Number(Restarts, 5);
        await using var load = new Load(_store, _sessions);
        for (int round = 0; round < restarts; round++)
        {
            await load.ProgressAsync(200);
            await _server.StopAsync(mode);
            await _server.StartAgainAsync();
            TimeSpan back = await load.ProgressAsync(50);
            output.WriteLine($"{mode} {round}: back after {back.TotalMilliseconds:0} ms, {load.Commits} commits, {load.Unavailable} unavailable");
            Assert.True(back < _backAgain, $"It took {back}.");
        }

        await load.VerifyAsync();
    }

    [Fact]
    public async Task TerminatedBackends_UnderLoad_LoseNothing()
    {
        await using var load = new Load(_store, _sessions);
        for (int round = 0; round < 25; round++)
        {
            await load.ProgressAsync(100);
            await _server.ExecuteAsync("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'AgentSessions'");
        }

        await load.ProgressAsync(100);
        await load.VerifyAsync();
        output.WriteLine($"{load.Commits} commits, {load.Unavailable} unavailable");
    }

    [Fact]
    public async Task FaultsThatPass_UnderLoad_AreToldNobody()
    {
        PostgresOptions options = StoreOpener.Options(_server.ConnectionString());
        options.RetryFor = TimeSpan.FromMinutes(1);
        await using PostgresSessionStore patient = await StoreOpener.OpenAsync(options);
        await using var load = new Load(patient, _sessions);
        for (int round = 0; round < 10; round++)
        {
            await load.ProgressAsync(100);
            await _server.ExecuteAsync("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'AgentSessions'");
        }

        await _server.StopAsync("immediate");
        await _server.StartAgainAsync();
        await load.ProgressAsync(100);
        await load.VerifyAsync();
        Assert.Equal(0, load.Unavailable);
    }

    [Fact]
    public async Task WhileTheServerIsAway_CallersGetUnavailableInTimeAndNothingOfTheServers()
    {
        await _server.StopAsync();
        SessionKey session = _sessions[0];
        Func<Task>[] calls =
        [
            async () => await _store.CommitAsync(new() { Session = session, Progress = SessionProgress.None }, default),
            async () => await _store.LoadAsync(session, default),
            async () => await _store.ListAsync(new SessionQuery { Environment = "test", Now = Sample.Time }, default),
            async () => await _store.PutAsync(new StatePut(new StateKey("test", "rules", "a"), new byte[1]), null, default),
            async () => await _store.DeleteAsync(session, default),
        ];
        foreach (Func<Task> call in calls)
        {
            StoreUnavailableException refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => call().WaitAsync(_patience));
            Assert.DoesNotContain("127.0.0.1", refused.Message);
        }

        await _server.StartAgainAsync();
        Assert.Equal(1, (await _store.LoadAsync(session, default))!.Version);
        Assert.Equal(CommitOutcome.Committed, await _store.CommitAsync(new() { Session = session, Progress = SessionProgress.None }, default));
    }

    [Fact]
    public async Task AServerThatTakesNoWritesForAWhile_LosesNothingAndIsUsedAgain()
    {
        await using var load = new Load(_store, _sessions);
        await load.ProgressAsync(100);
        await SetReadOnlyAsync("on");
        long before = load.Unavailable;
        await Eventually.TrueAsync(() => Task.FromResult(load.Unavailable > before), "somebody told of the fault");
        await SetReadOnlyAsync("off");
        Assert.True(await load.ProgressAsync(100) < _patience);
        await load.VerifyAsync();
    }

    private async Task SetReadOnlyAsync(string value)
    {
        await _server.ExecuteAsync($"ALTER SYSTEM SET default_transaction_read_only = {value}");
        await _server.ExecuteAsync("SELECT pg_reload_conf()");
    }
}
