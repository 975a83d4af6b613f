namespace AgentSessions.Orleans.Settings;

/// <summary>What a node of the cluster does.</summary>
public enum OrleansRole
{
    /// <summary>Hosts sessions and runs, and serves HTTP.</summary>
    Silo,

    /// <summary>Serves HTTP only: no session and no run is placed on it.</summary>
    Gateway,
}
