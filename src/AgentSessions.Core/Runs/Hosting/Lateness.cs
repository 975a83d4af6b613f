using Microsoft.Extensions.Configuration;

namespace AgentSessions.Core.Runs.Hosting;

/// <summary>Whether this process has fallen so far behind that every step of every request waits.</summary>
/// <remarks>
/// A timer's tick is queued behind all other work, so it runs as late as any step of a request does. How many turns a machine carries depends on
/// their agents and on what else it does; how late it is says so whatever the reason. Only lateness that lasts counts, as in controlled delay
/// (RFC 8289): a collection or a stalled machine passes.
/// </remarks>
internal sealed class Lateness : IDisposable
{
    /// <summary>The configuration key of the longest wait.</summary>
    public const string Key = "AgentSessions:Admission:MaxWait";

    // An append takes about eight steps, so that it is still acknowledged within 5 s.
    private static readonly TimeSpan _defaultLongest = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _longestAllowed = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _lasting = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(100);

    private readonly TimeSpan _longest;
    private readonly TimeProvider _time;
    private readonly ITimer? _timer;
    private long _lookedAt;
    private long _lateSince;

    /// <param name="longest">The longest wait that is no lateness; zero to look at none.</param>
    /// <param name="time">The clock.</param>
    public Lateness(TimeSpan longest, TimeProvider time)
    {
        _longest = longest;
        _time = time;
        _lookedAt = time.GetTimestamp();
        _timer = longest > TimeSpan.Zero ? time.CreateTimer(static lateness => ((Lateness)lateness!).Look(), this, _look, Timeout.InfiniteTimeSpan) : null;
    }

    /// <summary>Whether steps have waited for more than the longest wait for two seconds on end.</summary>
    public bool Lasts
    {
        get
        {
            long now = _time.GetTimestamp();
            long since = Volatile.Read(ref _lateSince);
            long looked = Volatile.Read(ref _lookedAt);
            return _timer is not null && (since > 0 || WaitOf(looked, now) > _longest) && WaitOf(since > 0 ? since : looked, now) >= _lasting;
        }
    }

    /// <summary>The lateness of this process. The longest wait is 500 ms unless the configuration says otherwise.</summary>
    /// <exception cref="InvalidOperationException">The value is wrong; the message names its key.</exception>
    public static Lateness Read(IConfiguration? configuration) =>
        new(TimeSetting.Read(configuration, Key, _defaultLongest, _longestAllowed), TimeProvider.System);

    public void Dispose() => _timer?.Dispose();

    private void Look()
    {
        long now = _time.GetTimestamp();
        bool isLate = WaitOf(_lookedAt, now) > _longest;
        Volatile.Write(ref _lateSince, !isLate ? 0 : _lateSince > 0 ? _lateSince : _lookedAt);
        Volatile.Write(ref _lookedAt, now);
        _timer!.Change(_look, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How long a tick has waited, or did, that was set at one time and is due a look later.</summary>
    private TimeSpan WaitOf(long setAt, long now) => _time.GetElapsedTime(setAt, now) - _look;
}
