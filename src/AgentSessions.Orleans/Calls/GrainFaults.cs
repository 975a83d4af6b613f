using AgentSessions.Orleans.Messages;

namespace AgentSessions.Orleans.Calls;

/// <summary>What a failed grain call means.</summary>
internal static class GrainFaults
{
    /// <summary>Whether the call failed on its way and not in what it called. It may have been carried out all the same.</summary>
    public static bool IsUnreachable(Exception exception) => exception is OrleansException or TimeoutException;

    /// <summary>Whether it was certainly not carried out.</summary>
    public static bool ChangedNothing(Exception exception) => exception is SessionMovedException or LateCallException;
}
