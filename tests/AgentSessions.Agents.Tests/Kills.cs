using AgentSessions.Testing;

namespace AgentSessions.Agents.Tests;

/// <summary>Deaths of a host at a chosen moment.</summary>
internal static class Kills
{
    /// <summary>Kills the host right before its run commits once more after so many commits.</summary>
    /// <returns>Ends when it is dead.</returns>
    public static Task KillBeforeRunCommit(this AgentTestHost host, int commitsBefore)
    {
        TaskCompletionSource killed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TestStore store = host.Store;
        int commits = 0;
        store.Before = commit =>
        {
            if (commit is { Row: null, ExpectedRunVersion: not null } && commits++ == commitsBefore)
            {
                store.Kill();
                killed.TrySetResult();
            }
        };
        return killed.Task;
    }
}
