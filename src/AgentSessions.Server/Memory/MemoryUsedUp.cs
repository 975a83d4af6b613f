using System.Runtime.ExceptionServices;

namespace AgentSessions.Server.Memory;

/// <summary>Ends the process when memory is used up.</summary>
/// <remarks>
/// An allocation fails wherever it happens to be the next one: in the middle of a lock, of a wake-up, of the runtime's own thread pool. Whoever
/// catches it saves one call and leaves others waiting for ever. A process that has ended is started again and goes on from what is stored, and a
/// message that ends one process after another is given up after its attempts.
/// </remarks>
internal static class MemoryUsedUp
{
    /// <summary>What is written to the error stream.</summary>
    public const string Message =
        "AgentSessions ends because its memory is used up. What was acknowledged is stored, and the next process goes on from it. "
        + "Give it more memory, or have it take on fewer turns (AgentSessions:Admission:Turns).";

    /// <summary>From now on the first <see cref="OutOfMemoryException"/> is the last.</summary>
    public static void EndsProcess() => AppDomain.CurrentDomain.FirstChanceException += OnException;

    private static void OnException(object? sender, FirstChanceExceptionEventArgs thrown)
    {
        // The exception that is asked for in advance says that there is too little for what has not begun.
        if (thrown.Exception is OutOfMemoryException and not InsufficientMemoryException)
        {
            Environment.FailFast(Message);
        }
    }
}
