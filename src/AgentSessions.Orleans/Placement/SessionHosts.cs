using AgentSessions.Orleans.Contracts;
using Orleans.Metadata;

namespace AgentSessions.Orleans.Placement;

/// <summary>Which nodes host sessions: gateways do not.</summary>
internal sealed class SessionHosts(IClusterManifestProvider manifests)
{
    private static readonly GrainType _session = GrainType.Create(GrainKeys.SessionType);

    /// <summary>Whether a node does. What one that has just come can do is not known yet.</summary>
    public bool Contains(SiloAddress node) =>
        manifests.Current.Silos.TryGetValue(node, out GrainManifest? manifest) && manifest.Grains.ContainsKey(_session);
}
