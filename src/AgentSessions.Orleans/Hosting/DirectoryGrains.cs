using System.Diagnostics.CodeAnalysis;
using AgentSessions.Orleans.Grains;
using AgentSessions.Orleans.Placement;
using Microsoft.Extensions.DependencyInjection;
using Orleans.GrainDirectory;
using Orleans.Metadata;
using Orleans.Runtime.GrainDirectory;

namespace AgentSessions.Orleans.Hosting;

/// <summary>Says which grains a directory knows.</summary>
/// <remarks>Each node says so for itself. A property of the grains would tell nodes of older versions of a directory that they do not have.</remarks>
internal sealed class DirectoryGrains(IGrainDirectory directory, HashSet<GrainType> known) : IGrainDirectoryResolver
{
    /// <summary>The <see cref="StoredDirectory"/> knows those whose place matters beyond the life of another node.</summary>
    public static DirectoryGrains OfStored(IServiceProvider services) =>
        Of<StoredDirectory>(services, typeof(SessionGrain), typeof(RunGrain), typeof(SweepGrain));

    /// <summary>The <see cref="NodeDirectory"/> knows those that speak for a node.</summary>
    public static DirectoryGrains OfNodes(IServiceProvider services) =>
        Of<NodeDirectory>(services, typeof(NodeGrain), typeof(FollowersGrain), typeof(DetourGrain));

    public bool TryResolveGrainDirectory(GrainType grainType, GrainProperties? properties, [NotNullWhen(true)] out IGrainDirectory? grainDirectory)
    {
        grainDirectory = known.Contains(grainType) ? directory : null;
        return grainDirectory is not null;
    }

    private static DirectoryGrains Of<TDirectory>(IServiceProvider services, params IEnumerable<Type> grains)
        where TDirectory : IGrainDirectory =>
        new(services.GetRequiredService<TDirectory>(), [.. grains.Select(services.GetRequiredService<GrainTypeResolver>().GetGrainType)]);
}
