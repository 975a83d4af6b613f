using AgentSessions.Conformance;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Postgres.Connections;
using AgentSessions.TestPostgres;
using AgentSessions.TestServer;
using Xunit.Abstractions;

namespace AgentSessions.Postgres.Tests.Faults;

/// <summary>The primary is lost, and a synchronous standby takes its place: nothing acknowledged is lost, and nothing is told that a failover would lose.</summary>
/// <remarks>FAILOVERS chooses how often under load; the long form is 10, and only it is held to the promised time.</remarks>
public sealed class FailoverTests(PostgresPair pair, ITestOutputHelper output) : IClassFixture<PostgresPair>, IAsyncLifetime
{
    private const string Failovers = "FAILOVERS";

    private static readonly TimeSpan _backAgain = Promised.Within(TimeSpan.FromSeconds(5), Failovers);

    /// <summary>An address that leads to the primary, as a virtual IP, a service or a proxy does.</summary>
    private readonly LossyLine _address = new(pair.PrimaryPort);

    private readonly SessionKey[] _sessions = [.. Sessions($"env-{Guid.NewGuid():n}")];

    private SessionKey Session => _sessions[0];

    private string ByAddress => $"Host=127.0.0.1;Port={_address.Port};Username=postgres;Database=postgres";

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _address.DisposeAsync();
        await pair.RestoreAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Failover_UnderLoad_LosesNothing(bool byAddress)
    {
        int failovers = TestSetting.Number(Failovers, 1);
        await using PostgresSessionStore store = await OpenAsync(byAddress ? ByAddress : pair.ConnectionString, TimeSpan.FromMilliseconds(500));
        await using var load = new Load(store, _sessions);
        for (int round = 1; round <= failovers; round++)
        {
            await load.ProgressAsync(200);
            await pair.CrashPrimaryAsync();

            // It may be reached before it may be written.
            _address.LeadTo(pair.StandbyPort);
            long before = load.Unavailable;
            await Eventually.TrueAsync(() => Task.FromResult(load.Unavailable > before), "somebody told of the fault");
            await pair.PromoteAsync();
            TimeSpan back = await load.ProgressAsync(50);
            output.WriteLine($"{round}: back {back.TotalMilliseconds:0} ms after the promotion, {load.Commits} commits, {load.Unavailable} unavailable");
            Assert.True(back < _backAgain, $"It took {back}.");
            if (round < failovers)
            {
                await pair.RestoreAsync();
            }
        }

        await load.VerifyAsync();
        output.WriteLine($"longest append {load.LongestAppend.TotalSeconds:0.0} s, told:");
        foreach ((string told, int times) in load.Told)
        {
            output.WriteLine($"{times} × {told}");
        }
    }

    [Fact]
    public async Task Read_OfAStandbyThatLags_IsRefused()
    {
        await using PostgresSessionStore store = await OpenAsync(ByAddress, TimeSpan.FromMilliseconds(500));
        await pair.PauseStandbyAsync();
        Assert.Equal(CommitOutcome.Committed, await AppendAsync(store));
        await pair.CrashPrimaryAsync();
        _address.LeadTo(pair.StandbyPort);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => TailAsync(store));

        await pair.PromoteAsync();
        Assert.Equal(1, await TailAsync(store));
    }

    [Fact]
    public async Task Write_ThatNoStandbyHas_IsNotAcknowledged_AlsoWhenItIsRepeated()
    {
        await using PostgresSessionStore store = await OpenAsync(ByAddress, TimeSpan.FromSeconds(5));
        foreach (string name in (string[])["removed", "removed as it was"])
        {
            await PutAsync(store, name, new byte[1], null);
        }

        await pair.StopStandbyAsync();
        Func<Task>[] writes =
        [
            () => AppendAsync(store),
            () => PutAsync(store, "put", new byte[1], null),
            () => PutAsync(store, "made", new byte[1], 0),
            () => PutAsync(store, "removed", null, null),
            () => PutAsync(store, "removed as it was", null, 1),
            async () => await store.DeleteAsync(_sessions[1], default),
        ];
        Task FailAsync() => Task.WhenAll(writes.Select(static write => Assert.ThrowsAsync<StoreUnavailableException>(write)));
        await FailAsync();

        // Nobody who repeats it finds it done: an append cannot be seen, and of the others it is waited for what is found.
        await FailAsync();
        Assert.Equal(0, await TailAsync(store));
        await pair.RestoreAsync();
        await Eventually.TrueAsync(async () => await TailAsync(store) == 1, "what the standby has");
    }

    [Fact]
    public async Task Append_InDoubt_IsAcknowledgedOnceTheStandbyHasIt()
    {
        await using PostgresSessionStore store = await OpenAsync(ByAddress, TimeSpan.FromMinutes(1));
        await pair.StopStandbyAsync();
        Task<CommitOutcome> append = AppendAsync(store);
        await Eventually.TrueAsync(async () => await pair.CountWaitingAsync() == 1, "a commit that waits for the standby");
        await pair.CrashPrimaryAsync();
        await pair.StartPrimaryAsync();
        await Eventually.TrueAsync(async () => append.IsCompleted || await pair.CountWaitingAsync() == 1, "whoever finds it made waits as well");
        Assert.False(append.IsCompleted);

        await pair.RestoreAsync();
        Assert.Equal(CommitOutcome.Committed, await append);
    }

    private static IEnumerable<SessionKey> Sessions(string environment) => Enumerable.Range(0, 20).Select(i => new SessionKey(environment, $"chat-{i}"));

    private async Task<PostgresSessionStore> OpenAsync(string connectionString, TimeSpan retryFor)
    {
        PostgresOptions options = StoreOpener.Options(connectionString);
        options.RetryFor = retryFor;
        options.CommandTimeout = TimeSpan.FromSeconds(1);
        PostgresSessionStore store = await StoreOpener.OpenAsync(options);
        await Task.WhenAll(_sessions.Select(session => store.CommitAsync(Sample.Creation(Sample.Row(session)), default).AsTask()));
        return store;
    }

    private async Task<CommitOutcome> AppendAsync(PostgresSessionStore store) =>
        await store.CommitAsync(Sample.Append(StreamId.Out(Session), Sample.Batch(0, 1)), default);

    private async Task<long?> PutAsync(PostgresSessionStore store, string name, ReadOnlyMemory<byte>? value, long? expectedVersion) =>
        await store.PutAsync(new StatePut(new StateKey(Session.Environment, "space", name), value), expectedVersion, default);

    private async Task<long> TailAsync(PostgresSessionStore store) => (await store.LoadAsync(Session, default))!.Out.Tail.Value;
}
