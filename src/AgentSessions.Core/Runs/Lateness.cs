using Microsoft.Extensions.Configuration;

namespace AgentSessions.Core.Runs;

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
    private long _dueAt;
    private long _lateSince;

    /// <param name="longest">The longest wait that is no lateness; zero to look at none.</param>
    /// <param name="time">The clock.</param>
    public Lateness(TimeSpan longest, TimeProvider time)
    {
        _longest = longest;
        _time = time;
        _dueAt = After(time.GetTimestamp(), _look);
        _timer = longest > TimeSpan.Zero ? time.CreateTimer(static lateness => ((Lateness)lateness!).Look(), this, _look, Timeout.InfiniteTimeSpan) : null;
    }

    /// <summary>Whether steps have waited for more than the longest wait for two seconds on end.</summary>
    public bool Lasts
    {
        get
        {
            if (_timer is null)
            {
                return false;
            }

            long now = _time.GetTimestamp();
            long since = Volatile.Read(ref _lateSince);
            long due = Volatile.Read(ref _dueAt);
            return _time.GetElapsedTime(since > 0 ? since : due, now) >= _lasting && (since > 0 || _time.GetElapsedTime(due, now) > _longest);
        }
    }

    /// <summary>The lateness of this process. The longest wait is 500 ms unless the configuration says otherwise.</summary>
    /// <exception cref="InvalidOperationException">The value is wrong; the message names its key.</exception>
    public static Lateness Read(IConfiguration? configuration) =>
        configuration?[Key] is not string text ? new Lateness(_defaultLongest, TimeProvider.System)
        : TimeSpan.TryParse(text, out TimeSpan longest) && longest >= TimeSpan.Zero && longest <= _longestAllowed ? new Lateness(longest, TimeProvider.System)
        : throw new InvalidOperationException($"{Key} must be a time such as 00:00:00.5 (hours:minutes:seconds), at most {_longestAllowed.TotalSeconds:0} s");

    public void Dispose() => _timer?.Dispose();

    private void Look()
    {
        long now = _time.GetTimestamp();
        bool isLate = _time.GetElapsedTime(_dueAt, now) > _longest;
        Volatile.Write(ref _lateSince, !isLate ? 0 : _lateSince > 0 ? _lateSince : _dueAt);
        Volatile.Write(ref _dueAt, After(now, _look));
        _timer!.Change(_look, Timeout.InfiniteTimeSpan);
    }

    private long After(long timestamp, TimeSpan span) => timestamp + (long)(span.TotalSeconds * _time.TimestampFrequency);
}
