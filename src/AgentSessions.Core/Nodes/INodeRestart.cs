namespace AgentSessions.Core.Nodes;

/// <summary>How a node comes back by itself whose engine cannot go on. A host provides it where it can.</summary>
public interface INodeRestart
{
    /// <summary>Ends everything at once, as a crash does, and starts this process anew. Returns only where that is not possible.</summary>
    void Restart();
}
