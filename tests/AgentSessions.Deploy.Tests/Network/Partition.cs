namespace AgentSessions.Deploy.Tests.Network;

/// <summary>What gets lost between three nodes, of which the first is on the wrong side.</summary>
public enum Partition
{
    /// <summary>Two nodes do not reach each other; the third and the database reach both.</summary>
    BetweenTwo,

    /// <summary>A node hears another one, and is not heard by it.</summary>
    OneWay,

    /// <summary>A node hears all others, and is heard by the database only.</summary>
    Mute,

    /// <summary>A node reaches the database only.</summary>
    FromNodes,

    /// <summary>A node reaches nothing at all.</summary>
    FromEverything,
}
