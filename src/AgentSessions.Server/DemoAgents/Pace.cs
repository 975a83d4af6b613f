namespace AgentSessions.Server.DemoAgents;

/// <summary>When the parts of an answer are due: a fixed time apart by the clock, the first at once, as a model sends them.</summary>
/// <remarks>
/// A model does not wait for who reads it: what came due while this process stood still is due at once afterwards. An agent that counted anew
/// from each part would ask less of a server the slower that is, and hide what it is there to measure.
/// </remarks>
internal sealed class Pace : IDisposable
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _apart;
    private readonly long _start;
    private readonly PeriodicTimer _timer;

    public Pace(TimeSpan apart, TimeProvider time)
    {
        _time = time;
        _apart = apart;
        _start = time.GetTimestamp();
        _timer = new PeriodicTimer(apart, time);
    }

    /// <summary>How many parts are due. Ticks come a little early or late, so one counts from half its time on.</summary>
    private long Due => 1 + ((_time.GetElapsedTime(_start) + (_apart / 2)).Ticks / _apart.Ticks);

    /// <summary>Waits until a part is due.</summary>
    /// <param name="index">Counted from zero.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask WaitForAsync(int index, CancellationToken cancellationToken)
    {
        while (Due <= index)
        {
            await _timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    public void Dispose() => _timer.Dispose();
}
