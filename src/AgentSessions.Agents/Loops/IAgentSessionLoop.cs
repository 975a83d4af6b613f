using System.Text.Json;

namespace AgentSessions.Agents;

/// <summary>A run whose turns the author drives, registered with <see cref="AgentSessionsBuilder.AddCustomAgent"/>.</summary>
/// <remarks>
/// There are no hooks and no recovery: what a dead run had begun is asked again, and on a continuation the history is empty until the author
/// fills it (<see cref="SessionTurn.SetMessages"/>). Use either <see cref="Turns"/> or <see cref="Channel"/>. The run ends when the delegate
/// returns.
/// </remarks>
public interface IAgentSessionLoop
{
    /// <summary>The server-made id of the session, <c>session_…</c>.</summary>
    string SessionId { get; }

    /// <summary>The caller's id of the conversation; the session's id if the caller gave none.</summary>
    string ChatId { get; }

    /// <summary>The run.</summary>
    string RunId { get; }

    /// <summary>Whether another run answered this session before.</summary>
    bool IsContinuation { get; }

    /// <summary>The payload the run was started with.</summary>
    JsonElement BootPayload { get; }

    /// <summary>The run's own scope of services.</summary>
    IServiceProvider Services { get; }

    /// <summary>Input and output without turns made of them.</summary>
    ISessionChannel Channel { get; }

    /// <summary>The turns as they come, one at a time. Ends when the run has to: it was idle for too long, the session was closed, the host shuts down.</summary>
    /// <remarks>A turn that is not completed when the next one is asked for is completed as it is.</remarks>
    IAsyncEnumerable<SessionTurn> Turns(CancellationToken cancellationToken = default);
}

/// <summary>A session's streams as a run sees them.</summary>
public interface ISessionChannel
{
    /// <summary>What clients sent.</summary>
    ISessionInput In { get; }

    /// <summary>What clients read.</summary>
    ISessionOutput Out { get; }
}

/// <summary>The messages of a session, in order. Stops are not among them: they fire <see cref="SessionMessage.StopRequested"/>.</summary>
public interface ISessionInput
{
    /// <summary>Whether a message waits.</summary>
    bool HasPending { get; }

    /// <summary>Takes the next message, as long as the run may wait for one.</summary>
    /// <returns>Null when the run has to end.</returns>
    ValueTask<SessionMessage?> WaitAsync(CancellationToken cancellationToken = default);

    /// <summary>Takes message after message until the run has to end.</summary>
    IAsyncEnumerable<SessionMessage> ReadAllAsync(CancellationToken cancellationToken = default);
}

/// <summary>Where the answer to the message that was taken last is written.</summary>
public interface ISessionOutput
{
    /// <summary>The answer's chunks. Throws when no message is being answered.</summary>
    TurnOutput Current { get; }

    /// <summary>Writes the boundary: the message counts as answered.</summary>
    /// <param name="error">Why it could not be answered; null if it was. Shown as <see cref="AgentOptions.ErrorText"/> says.</param>
    Task CompleteTurnAsync(Exception? error = null);
}
