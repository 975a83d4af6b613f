using AgentSessions.Orleans.Placement;
using AgentSessions.Orleans.Streams.Direct;

namespace AgentSessions.Orleans.Grains;

/// <summary>The way to a node's <see cref="StreamFollowers"/>.</summary>
[NodePlacement]
internal sealed class FollowersGrain(StreamFollowers followers, ILocalSiloDetails node) : Grain, IFollowersGrain
{
    public Task<bool> FollowAsync(IStreamFollower follower, FollowNews news)
    {
        if (this.GetPrimaryKeyString() == node.SiloAddress.ToParsableString())
        {
            return Task.FromResult(followers.Take(follower, news));
        }

        // The node it speaks for is gone, or so new that it is not known everywhere.
        DeactivateOnIdle();
        throw new SiloUnavailableException("The grain came to be on another node");
    }
}
