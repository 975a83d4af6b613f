using System.Diagnostics.CodeAnalysis;
using AgentSessions.Orleans.Grains;
using Orleans.GrainDirectory;
using Orleans.Metadata;
using Orleans.Runtime.GrainDirectory;

namespace AgentSessions.Orleans.Placement;

/// <summary>Says which grains the <see cref="NodeDirectory"/> knows: those that speak for a node. Each node says so for itself.</summary>
internal sealed class NodeDirectoryGrains(NodeDirectory directory, GrainTypeResolver types) : IGrainDirectoryResolver
{
    private readonly HashSet<GrainType> _nodes =
        [types.GetGrainType(typeof(NodeGrain)), types.GetGrainType(typeof(FollowersGrain)), types.GetGrainType(typeof(DetourGrain))];

    public bool TryResolveGrainDirectory(GrainType grainType, GrainProperties? properties, [NotNullWhen(true)] out IGrainDirectory? grainDirectory)
    {
        grainDirectory = _nodes.Contains(grainType) ? directory : null;
        return grainDirectory is not null;
    }
}
