using System.Diagnostics.CodeAnalysis;
using AgentSessions.Orleans.Grains;
using Orleans.GrainDirectory;
using Orleans.Metadata;
using Orleans.Runtime.GrainDirectory;

namespace AgentSessions.Orleans.Placement;

/// <summary>Says which grains the <see cref="StoredDirectory"/> knows: those whose place matters beyond the life of another node.</summary>
/// <remarks>Each node says so for itself. A property of the grains would tell nodes of older versions of a directory that they do not have.</remarks>
internal sealed class StoredDirectoryGrains(StoredDirectory directory, GrainTypeResolver types) : IGrainDirectoryResolver
{
    private readonly HashSet<GrainType> _stored =
        [types.GetGrainType(typeof(SessionGrain)), types.GetGrainType(typeof(RunGrain)), types.GetGrainType(typeof(SweepGrain))];

    public bool TryResolveGrainDirectory(GrainType grainType, GrainProperties? properties, [NotNullWhen(true)] out IGrainDirectory? grainDirectory)
    {
        grainDirectory = _stored.Contains(grainType) ? directory : null;
        return grainDirectory is not null;
    }
}
