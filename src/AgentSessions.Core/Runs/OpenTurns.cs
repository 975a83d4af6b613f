using System.Collections.Concurrent;
using System.Globalization;
using AgentSessions.Core.Sessions;
using AgentSessions.Protocol.Errors;
using Microsoft.Extensions.Configuration;

namespace AgentSessions.Core.Runs;

/// <summary>The turns that are open on this host, and how many there may be before messages that ask for another are refused.</summary>
/// <remarks>
/// A turn is open from the moment its message is acknowledged until its boundary. What was acknowledged is answered, whatever the count;
/// messages to a session whose turn is open are taken in, they open none.
/// </remarks>
public sealed class OpenTurns
{
    /// <summary>The configuration key of the limit.</summary>
    public const string Key = "AgentSessions:Admission:Turns";

    // What a core keeps on time is taken in however late it is, as when all come at once to a server that has just started. And so few turns are
    // never too many: the lateness is not theirs, and to refuse them would not end it.
    private const double LateShare = 0.4;
    private const int NeverTooMany = 100;
    private const int RetriesPerCore = 1_000;

    // One core keeps about 750 answers at the pace of models on time; a limit well above costs latency, never what was promised.
    private const int TurnsPerCore = 2_500;

    // Some messages never become a turn here: their agent is not deployed, or another host runs it.
    private static readonly TimeSpan _longestWait = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<SessionKey, long> _asked = new();
    private readonly int _limit;
    private readonly int _limitWhenLate;
    private readonly TimeProvider _time;
    private readonly Func<bool> _isLate;
    private readonly RetrySpread _retries;
    private int _waiting;
    private int _begun;
    private long _sweptAt;

    /// <param name="limit">At least 1.</param>
    /// <param name="time">The clock.</param>
    /// <param name="isLate">Whether this host has been behind with its work for a while; two fifths of the limit, but at least 100, are enough then. Never if null.</param>
    public OpenTurns(int limit, TimeProvider time, Func<bool>? isLate = null)
    {
        _limit = limit;
        _limitWhenLate = Math.Max((int)(limit * LateShare), NeverTooMany);
        _time = time;
        _isLate = isLate ?? (static () => false);
        _retries = new RetrySpread(RetriesPerCore * Environment.ProcessorCount, time);
    }

    /// <summary>Turns that are open, those that wait to begin among them.</summary>
    public int Count => Volatile.Read(ref _begun) + Volatile.Read(ref _waiting);

    /// <summary>Reads the limit. Default: 2,500 for each core.</summary>
    /// <exception cref="InvalidOperationException">The value is wrong; the message names its key.</exception>
    public static OpenTurns Read(IConfiguration? configuration, TimeProvider time, Func<bool>? isLate = null) =>
        configuration?[Key] is not string text ? new OpenTurns(TurnsPerCore * Environment.ProcessorCount, time, isLate)
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) && limit > 0 ? new OpenTurns(limit, time, isLate)
        : throw new InvalidOperationException($"{Key} must be a whole number of turns, at least 1");

    /// <summary>Counts in a message that asks for a turn.</summary>
    /// <returns>False when there are too many; the message must be refused.</returns>
    internal bool TryAsk(SessionKey session)
    {
        if (!_asked.ContainsKey(session) && !HasRoom())
        {
            return false;
        }

        if (_asked.TryAdd(session, _time.GetTimestamp()))
        {
            Interlocked.Increment(ref _waiting);
        }

        return true;
    }

    /// <summary>A turn of the session begins.</summary>
    internal void Begin(SessionKey session)
    {
        Interlocked.Increment(ref _begun);
        Rest(session);
    }

    /// <summary>A turn ended.</summary>
    internal void End() => Interlocked.Decrement(ref _begun);

    /// <summary>The session waits for its next message: nothing of it is open.</summary>
    internal void Rest(SessionKey session)
    {
        if (_asked.TryRemove(session, out _))
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>The refusal of a session's message. Sessions are told different times, so that they do not come back all at once.</summary>
    internal SessionException Refusal(SessionKey session) =>
        new(SessionErrorCode.Overloaded, "The server answers as many messages as it can; try again") { RetryAfter = _retries.Next(session.GetHashCode()) };

    private bool HasRoom() => Count >= _limit ? Sweep() : Count < _limitWhenLate || !_isLate();

    /// <summary>Forgets messages that became no turn, at most once a second.</summary>
    /// <returns>Whether there is room now.</returns>
    private bool Sweep()
    {
        long now = _time.GetTimestamp();
        long swept = Volatile.Read(ref _sweptAt);
        if (_time.GetElapsedTime(swept, now) < TimeSpan.FromSeconds(1) || Interlocked.CompareExchange(ref _sweptAt, now, swept) != swept)
        {
            return false;
        }

        foreach ((SessionKey session, long asked) in _asked)
        {
            if (_time.GetElapsedTime(asked, now) > _longestWait)
            {
                Rest(session);
            }
        }

        return Count < _limit;
    }
}
