using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Clients;

/// <summary>Whether an <c>out</c> grows without new input.</summary>
public enum OutRest
{
    /// <summary>A turn is running or owed; of a side channel that nobody can tell.</summary>
    None,

    /// <summary>Its newest record, commands aside, ends a turn or the session.</summary>
    Settled,

    /// <summary>It ends otherwise, but no turn is running or owed.</summary>
    Idle,
}

/// <summary>Tells whether a stream is at rest.</summary>
public static class OutPeek
{
    /// <summary>Looks at the newest record, and at what the session owes if that does not tell.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="stream">An <c>out</c>.</param>
    /// <param name="bounds">Its bounds as the caller has just read them; what is appended later does not count.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async ValueTask<OutRest> LookAsync(ISessionEngine engine, StreamId stream, StreamBounds bounds, CancellationToken cancellationToken)
    {
        StreamRecord? newest = await NewestRecord.FindAsync(engine, stream, bounds, static record => !record.IsCommand, cancellationToken);
        if (newest is { Control: ControlHeaders.TurnComplete or ControlHeaders.SessionClosed })
        {
            return OutRest.Settled;
        }

        return stream.IsSideChannel || await OwedTurn.IsThereAsync(engine, stream.Session, bounds, cancellationToken) ? OutRest.None : OutRest.Idle;
    }

    /// <summary>Whether more comes without new input: a turn is running, or behind the last one's boundary a message waits for its own.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="session">The session.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async ValueTask<bool> IsAnsweringAsync(ISessionEngine engine, SessionKey session, CancellationToken cancellationToken)
    {
        var output = StreamId.Out(session);
        StreamBounds bounds = await engine.GetBoundsAsync(output, cancellationToken);
        return await LookAsync(engine, output, bounds, cancellationToken) switch
        {
            OutRest.Settled => await OwedTurn.IsBehindBoundaryAsync(engine, session, bounds, cancellationToken),
            var rest => rest == OutRest.None,
        };
    }
}
