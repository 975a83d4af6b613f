using System.Net;
using AgentSessions.Orleans.Watch;
using AgentSessions.TestServer;

namespace AgentSessions.Orleans.Tests;

public sealed class NodePulseTests
{
    private static readonly SiloAddress _node = SiloAddress.New(IPAddress.Loopback, 11111, 1);

    private Func<Task> _answer = static () => Task.CompletedTask;
    private int _asked;
    private readonly NodePulse _pulse;

    public NodePulseTests() => _pulse = new NodePulse(_ =>
    {
        _asked++;
        return _answer();
    });

    [Fact]
    public void NodeThatAnswers_MissesNothing()
    {
        Beat(5);
        Assert.Equal(0, _pulse.MissedBy(_node));
    }

    [Fact]
    public void NodeThatNeverAnswered_IsNotKnown()
    {
        _answer = static () => new TaskCompletionSource().Task;
        Beat(10);
        Assert.Null(_pulse.MissedBy(_node));
    }

    [Fact]
    public void NodeThatAnswersNoMore_MissesABeatEach_AndIsAskedOnSeldom()
    {
        Beat(1);
        _answer = static () => new TaskCompletionSource().Task;
        Beat(4);
        Assert.Equal(3, _pulse.MissedBy(_node));

        Beat(100);
        Assert.Equal(103, _pulse.MissedBy(_node));
        Assert.InRange(_asked, 20, 40);
    }

    [Fact]
    public void WayThatIsBroken_IsNoAnswer_ButARefusalIs()
    {
        Beat(1);
        _answer = static () => Task.FromException(new SiloUnavailableException("gone"));
        Beat(3);
        Assert.Equal(2, _pulse.MissedBy(_node));

        _answer = static () => Task.FromException(new NotSupportedException("older"));
        Beat(1);
        Assert.Equal(0, _pulse.MissedBy(_node));
    }

    [Fact]
    public async Task LateAnswer_Counts()
    {
        Beat(1);
        var late = new TaskCompletionSource();
        _answer = () => late.Task;
        Beat(5);
        late.SetResult();
        await Eventually.TrueAsync(() => Task.FromResult(_pulse.MissedBy(_node) == 0), "the late answer counts");
    }

    [Fact]
    public void NodeThatLeft_IsForgotten()
    {
        Beat(1);
        _pulse.Beat([]);
        Assert.Null(_pulse.MissedBy(_node));
    }

    private void Beat(int times)
    {
        for (int i = 0; i < times; i++)
        {
            _pulse.Beat([_node]);
        }
    }
}
