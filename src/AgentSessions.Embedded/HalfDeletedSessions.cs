using AgentSessions.Core.Sessions;

namespace AgentSessions.Embedded;

/// <summary>
/// Sessions that are gone for every reader, while whoever deleted them was told of a failure because their bytes could not be erased. The store erases
/// them by itself as soon as the disk lets it; the repeat of the call, which finds nothing any more, is to hear that it worked.
/// </summary>
/// <remarks>A hint, lost with the process: a repeat that is not known here hears that there is no such session, which is as true.</remarks>
internal sealed class HalfDeletedSessions
{
    /// <summary>A disk that refuses everything may refuse very many deletions, few of which are ever repeated.</summary>
    private const int MostRemembered = 4096;

    private readonly Lock _lock = new();
    private readonly HashSet<SessionKey> _sessions = [];

    /// <summary>Remembers one until it is asked for; beyond <see cref="MostRemembered"/> it is not.</summary>
    public void Add(SessionKey session)
    {
        lock (_lock)
        {
            if (_sessions.Count < MostRemembered)
            {
                _sessions.Add(session);
            }
        }
    }

    /// <summary>Whether it was remembered; it is not any more.</summary>
    public bool Remove(SessionKey session)
    {
        lock (_lock)
        {
            return _sessions.Remove(session);
        }
    }
}
