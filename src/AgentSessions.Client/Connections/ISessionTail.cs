using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Client.Connections;

/// <summary>One reading window on a stream. Read by one caller at a time; nothing is read ahead of the caller beyond one network buffer.</summary>
public interface ISessionTail : IAsyncDisposable
{
    /// <summary>
    /// Whether the stream was at rest when the window opened: what is stored is delivered, then the window ends. Only with
    /// <see cref="TailRequest.PeeksSettled"/>.
    /// </summary>
    bool IsSettled { get; }

    /// <summary>
    /// The tail, if no turn was running or owed when the window opened although the stream does not end with a boundary: before the first turn,
    /// or after one whose run was cancelled. Nothing comes behind it without new input, but the window stays open. Only with
    /// <see cref="TailRequest.PeeksSettled"/>; else null, and null of a settled window.
    /// </summary>
    Cursor? IdleAt { get; }

    /// <summary>The next records, command records included.</summary>
    /// <returns>At least one record, or null when the window is over: it was silent for as long as asked, or a settled one is drained.</returns>
    /// <exception cref="SessionException"><see cref="SessionErrorCode.ServerUnreachable"/>: the window broke; open another.</exception>
    /// <exception cref="OperationCanceledException">The token the window was opened with was cancelled.</exception>
    ValueTask<IReadOnlyList<StreamRecord>?> ReadAsync();
}

/// <summary>How to read a stream.</summary>
/// <param name="From">The first sequence wanted. Beyond the tail is the tail.</param>
/// <param name="Silence">Ends the window after this long without a record: 1 s to 600 s, in whole seconds.</param>
/// <param name="PeeksSettled">Whether to end at once when nothing will come without new input.</param>
public readonly record struct TailRequest(Cursor From, TimeSpan Silence, bool PeeksSettled = false)
{
    /// <summary>The longest <see cref="Silence"/> there is.</summary>
    public static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(600);
}
