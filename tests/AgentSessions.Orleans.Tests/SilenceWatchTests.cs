using System.Net;
using AgentSessions.Orleans.Placement;
using AgentSessions.Orleans.Settings;
using AgentSessions.Orleans.Watch;
using AgentSessions.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentSessions.Orleans.Tests;

/// <summary>Who is called dead for answering nobody, beat by beat.</summary>
public sealed class SilenceWatchTests : IDisposable
{
    private const int Limit = 6;

    private static readonly SiloAddress _here = Node(1);
    private static readonly SiloAddress _hung = Node(2);
    private static readonly SiloAddress _witness = Node(3);

    private readonly ManualTime _time = new();
    private readonly List<SiloAddress> _dead = [];
    private readonly HashSet<SiloAddress> _silent = [];
    private readonly NodeStates _nodes;
    private SiloAddress[] _members = [_here, _hung, _witness];
    private int? _missedByWitness = Limit;
    private readonly TaskCompletionSource _answer = new();
    private Func<Task> _refresh = static () => Task.CompletedTask;
    private int _refreshed;
    private SilenceWatch _watch;

    public SilenceWatchTests()
    {
        _nodes = new NodeStates(_time);
        _watch = Watch();
    }

    [Fact]
    public async Task NodeThatAnswersNobody_IsCalledDead_AfterTheLimitAndNotBefore()
    {
        await BeatAsync(1);
        _silent.Add(_hung);
        await BeatAsync(Limit);
        Assert.Empty(_dead);

        await BeatAsync(1);
        Assert.Equal([_hung], _dead);
    }

    [Fact]
    public async Task NodeThatWasBusyForFiveSeconds_IsNotCalledDead()
    {
        await BeatAsync(1);
        _silent.Add(_hung);
        await BeatAsync(5);
        _silent.Clear();
        await BeatAsync(1);
        _silent.Add(_hung);
        await BeatAsync(Limit);

        Assert.Empty(_dead);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Limit - 2)]
    [InlineData(null)]
    public async Task NodeThatAnotherHears_OrNoneCanSpeakOf_IsDoubtedOnly(int? missedByWitness)
    {
        _missedByWitness = missedByWitness;
        await BeatAsync(1);
        _silent.Add(_hung);
        await BeatAsync(3 * Limit);

        Assert.Empty(_dead);
        Assert.Equal([_hung], _nodes.Doubted);
        Assert.DoesNotContain(_hung, _nodes.Prefer([_here, _hung, _witness]));
    }

    [Fact]
    public async Task NodeThatIsCutOffItself_CallsNobodyDead()
    {
        await BeatAsync(1);
        _silent.UnionWith([_hung, _witness]);
        _missedByWitness = null;
        await BeatAsync(3 * Limit);

        Assert.Empty(_dead);
        Assert.True(_refreshed > Limit, "It asks the table whether it was called dead itself.");
    }

    [Fact]
    public async Task OfTwoNodes_TheOneThatSeesTheTableDecides()
    {
        _members = [_here, _hung];
        await BeatAsync(1);
        _silent.Add(_hung);
        await BeatAsync(Limit + 1);

        Assert.Equal([_hung], _dead);
    }

    [Fact]
    public async Task Doubt_EndsWithTheNextAnswer()
    {
        await BeatAsync(1);
        _silent.Add(_hung);
        await BeatAsync(SilenceWatch.Doubt + 1);
        Assert.Equal([_hung], _nodes.Doubted);

        _silent.Clear();
        await BeatAsync(1);
        Assert.Empty(_nodes.Doubted);
    }

    [Fact]
    public async Task ProcessThatStoodStill_LooksAtTheTable_AndBlamesNobody()
    {
        await BeatAsync(1);
        _silent.Add(_hung);
        _time.Advance(TimeSpan.FromMinutes(1));
        await BeatAsync(1);

        Assert.Equal(1, _refreshed);
        Assert.Empty(_dead);
        Assert.Empty(_nodes.Doubted);
    }

    /// <summary>Orleans writes a verdict whenever the database answers again, however long that takes, so none is given while it does not.</summary>
    [Fact]
    public async Task TableThatCannotBeRead_CallsNobodyDead_UntilItCan()
    {
        _refresh = static () => Task.FromException(new InvalidOperationException("57P03: the database system is starting up"));
        await BeatAsync(1);
        _silent.Add(_hung);
        await BeatAsync(2 * Limit);
        Assert.Empty(_dead);

        _refresh = static () => Task.CompletedTask;
        await BeatAsync(1);
        Assert.Equal([_hung], _dead);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task NodeThatAnswersWhileTheTableIsRead_OrIsCalledDeadByOthers_IsLeftAlone(bool answers)
    {
        _refresh = () =>
        {
            if (answers)
            {
                _answer.TrySetResult();
            }
            else
            {
                _members = [_here, _witness];
            }

            return Task.CompletedTask;
        };
        await BeatAsync(1);
        _silent.Add(_hung);
        await BeatAsync(Limit + 1);

        Assert.Empty(_dead);
    }

    [Fact]
    public async Task SilenceLimit_IsASetting()
    {
        _watch.Dispose();
        _watch = Watch(TimeSpan.FromSeconds(20));
        _missedByWitness = 20;
        await BeatAsync(1);
        _silent.Add(_hung);
        await BeatAsync(20);
        Assert.Empty(_dead);

        await BeatAsync(1);
        Assert.Equal([_hung], _dead);
    }

    public void Dispose() => _watch.Dispose();

    private SilenceWatch Watch(TimeSpan? limit = null) => new(
        _here,
        () => _members.Select(static member => new ClusterMember(member, SiloStatus.Active, "node")),
        () =>
        {
            _refreshed++;
            return _refresh();
        },
        node =>
        {
            _dead.Add(node);
            _members = [.. _members.Where(member => !member.Equals(node))];
            return Task.CompletedTask;
        },
        new NodePulse(node => _silent.Contains(node) ? _answer.Task : Task.CompletedTask),
        (_, _) => _missedByWitness is { } missed ? Task.FromResult<int?>(missed) : Task.FromException<int?>(new SiloUnavailableException("gone")),
        _nodes,
        limit is { } chosen ? new OrleansOptions { SilenceLimit = chosen } : new OrleansOptions(),
        _time,
        NullLogger<SilenceWatch>.Instance);

    private async Task BeatAsync(int times)
    {
        for (int i = 0; i < times; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await _watch.BeatAsync(CancellationToken.None);
        }
    }

    private static SiloAddress Node(int generation) => SiloAddress.New(IPAddress.Loopback, 11111, generation);
}
