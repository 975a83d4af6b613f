namespace AgentSessions.Server.Memory;

/// <summary>Tells from what a process allocates when it has come to rest after work.</summary>
/// <param name="looks">How many looks in a row must find it quiet.</param>
internal sealed class QuietSpell(int looks)
{
    // Pings, heartbeats and metrics stay far below the first between two looks. Less than the second is not worth a pause.
    private const long QuietBytes = 1024 * 1024;
    private const long WorkBytes = 16 * 1024 * 1024;

    private long _seen;
    private long _begun;
    private int _quiet;

    /// <summary>Whether this look ends a spell of work; true once for each.</summary>
    /// <param name="allocated">Bytes that the process has allocated since it started.</param>
    public bool EndsWork(long allocated)
    {
        _quiet = allocated - _seen < QuietBytes ? _quiet + 1 : 0;
        _seen = allocated;
        if (_quiet < looks || allocated - _begun < WorkBytes)
        {
            return false;
        }

        _begun = allocated;
        return true;
    }
}
