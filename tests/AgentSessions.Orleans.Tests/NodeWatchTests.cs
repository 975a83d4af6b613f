using System.Net;
using System.Net.Sockets;
using AgentSessions.Orleans.Watch;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentSessions.Orleans.Tests;

/// <summary>Who calls whom dead, by what real sockets answer.</summary>
public sealed class NodeWatchTests : IDisposable
{
    private readonly List<SiloAddress> _dead = [];
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly SiloAddress _here;
    private readonly SiloAddress _listening;
    private readonly SiloAddress _ended;
    private Func<Task> _refresh = static () => Task.CompletedTask;

    public NodeWatchTests()
    {
        _listener.Start();
        _listening = Node((IPEndPoint)_listener.LocalEndpoint, generation: 1);
        _here = Node((IPEndPoint)_listener.LocalEndpoint, generation: 2);
        using var ended = new TcpListener(IPAddress.Loopback, 0);
        ended.Start();
        _ended = Node((IPEndPoint)ended.LocalEndpoint, generation: 3);
    }

    [Fact]
    public async Task NodeThatRefuses_IsCalledDead_WhenAnotherIsRefusedToo()
    {
        await LookAsync(isRefusedToo: true, (_here, SiloStatus.Active), (_listening, SiloStatus.Active), (_ended, SiloStatus.Active));

        Assert.Equal([_ended], _dead);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(null)]
    public async Task NodeThatRefusesThisOneOnly_IsLeftToTheProbes(bool? isRefusedToo)
    {
        await LookAsync(isRefusedToo, (_here, SiloStatus.Active), (_listening, SiloStatus.Active), (_ended, SiloStatus.Active));

        Assert.Empty(_dead);
    }

    [Fact]
    public async Task OfTwoNodes_TheOneThatIsLeftDecides()
    {
        await LookAsync(isRefusedToo: null, (_here, SiloStatus.Active), (_ended, SiloStatus.Active));

        Assert.Equal([_ended], _dead);
    }

    [Fact]
    public async Task NodeThatLeavesOrJoins_IsNotWatched()
    {
        await LookAsync(isRefusedToo: true, (_here, SiloStatus.Active), (_ended, SiloStatus.ShuttingDown));
        await LookAsync(isRefusedToo: true, (_here, SiloStatus.Active), (_ended, SiloStatus.Joining));

        Assert.Empty(_dead);
    }

    [Fact]
    public async Task NodeThatIsNoMember_CallsNobodyDead()
    {
        await LookAsync(isRefusedToo: true, (_here, SiloStatus.Joining), (_ended, SiloStatus.Active));

        Assert.Empty(_dead);
    }

    [Theory]
    [InlineData(typeof(InvalidOperationException))]
    [InlineData(typeof(OperationCanceledException))]
    public async Task TableThatCannotBeWritten_IsTriedAgain(Type failure)
    {
        await LookAsync(isRefusedToo: null, _ => throw (Exception)Activator.CreateInstance(failure)!, (_here, SiloStatus.Active), (_ended, SiloStatus.Active));
        Assert.Empty(_dead);

        await LookAsync(isRefusedToo: null, (_here, SiloStatus.Active), (_ended, SiloStatus.Active));
        Assert.Equal([_ended], _dead);
    }

    [Fact]
    public async Task TableThatCannotBeRead_CallsNobodyDead()
    {
        _refresh = static () => Task.FromException(new InvalidOperationException("57P03: the database system is starting up"));
        await LookAsync(isRefusedToo: null, (_here, SiloStatus.Active), (_ended, SiloStatus.Active));

        Assert.Empty(_dead);
    }

    [Fact]
    public async Task NodeThatListensOnceTheTableIsRead_IsNotCalledDead()
    {
        TcpListener? back = null;
        _refresh = () =>
        {
            back = new TcpListener(_ended.Endpoint);
            back.Start();
            return Task.CompletedTask;
        };
        await LookAsync(isRefusedToo: null, (_here, SiloStatus.Active), (_ended, SiloStatus.Active));

        Assert.Empty(_dead);
        back!.Dispose();
    }

    public void Dispose() => _listener.Dispose();

    private Task LookAsync(bool? isRefusedToo, params (SiloAddress Node, SiloStatus Status)[] members) => LookAsync(
        isRefusedToo,
        node =>
        {
            _dead.Add(node);
            return Task.CompletedTask;
        },
        members);

    /// <param name="isRefusedToo">What a witness answers; null if it cannot be asked.</param>
    /// <param name="kill">Calls a node dead.</param>
    /// <param name="members">The members.</param>
    private async Task LookAsync(bool? isRefusedToo, Func<SiloAddress, Task> kill, params (SiloAddress Node, SiloStatus Status)[] members)
    {
        using var watch = new NodeWatch(
            _here,
            () => members.Select(static member => new ClusterMember(member.Node, member.Status, "node")),
            _refresh,
            kill,
            (_, _) => isRefusedToo is { } answer ? Task.FromResult(answer) : Task.FromException<bool>(new SiloUnavailableException("gone")),
            TimeProvider.System,
            NullLogger<NodeWatch>.Instance);
        await watch.LookAsync(CancellationToken.None);
    }

    private static SiloAddress Node(IPEndPoint endpoint, int generation) => SiloAddress.New(endpoint, generation);
}
