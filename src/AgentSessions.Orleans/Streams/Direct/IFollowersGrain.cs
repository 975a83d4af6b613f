namespace AgentSessions.Orleans.Streams.Direct;

/// <summary>Takes for one node what other processes follow; its key is the node's address, and it is placed there.</summary>
[Alias("AgentSessions.Followers")]
internal interface IFollowersGrain : IGrainWithStringKey
{
    /// <summary>Takes a process's news.</summary>
    /// <returns>Whether they follow on the last; if not, the process says everything anew.</returns>
    [Alias("Follow")]
    Task<bool> FollowAsync(IStreamFollower follower, [Immutable] FollowNews news);
}
