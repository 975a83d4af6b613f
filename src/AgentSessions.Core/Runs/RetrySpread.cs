namespace AgentSessions.Core.Runs;

/// <summary>Over how many seconds those who are refused are told to come back, so that refusing them does not become the work.</summary>
/// <param name="perSecond">How many may come back each second.</param>
/// <param name="time">The clock.</param>
internal sealed class RetrySpread(int perSecond, TimeProvider time)
{
    private const int Least = 4;
    private const int Most = 30;
    private static readonly TimeSpan _window = TimeSpan.FromSeconds(1);

    private int _seconds = Least;
    private int _refused;
    private long _begun = time.GetTimestamp();

    /// <summary>How long one of them is to wait: a whole number of seconds, from 1 to 4 while they are few and to 30 while they are many.</summary>
    /// <param name="who">Different for each, or they come back at once.</param>
    public TimeSpan Next(int who)
    {
        int refused = Interlocked.Increment(ref _refused);
        long now = time.GetTimestamp();
        long begun = Volatile.Read(ref _begun);
        TimeSpan passed = time.GetElapsedTime(begun, now);
        if (passed >= _window && Interlocked.CompareExchange(ref _begun, now, begun) == begun)
        {
            // Who comes back at a rate after waiting for the mean of the present spread is this many.
            double waiting = refused / passed.TotalSeconds * (1 + _seconds) / 2;
            Volatile.Write(ref _seconds, (int)Math.Clamp((2 * waiting / perSecond) - 1, Least, Most));
            Volatile.Write(ref _refused, 0);
        }

        return TimeSpan.FromSeconds(1 + ((uint)who % Volatile.Read(ref _seconds)));
    }
}
