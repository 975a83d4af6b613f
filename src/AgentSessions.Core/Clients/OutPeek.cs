using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Clients;

/// <summary>Tells whether a stream is at rest: whether its newest record, commands aside, ends a turn or the session.</summary>
public static class SettledPeek
{
    /// <summary>Looks at the newest record.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="stream">An <c>out</c>.</param>
    /// <param name="bounds">Its bounds as the caller has just read them; what is appended later does not count.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async ValueTask<bool> IsSettledAsync(ISessionEngine engine, StreamId stream, StreamBounds bounds, CancellationToken cancellationToken) =>
        await NewestRecord.FindAsync(engine, stream, bounds, static record => !record.IsCommand, cancellationToken) is
        { Control: ControlHeaders.TurnComplete or ControlHeaders.SessionClosed };
}
