using AgentSessions.Agents;

namespace MyAgent;

/// <summary>Registers the agents of this library.</summary>
public static class OrderAgentRegistration
{
    /// <summary>Adds the agent <c>orders</c>.</summary>
    public static AgentSessionsBuilder AddOrderAgent(this AgentSessionsBuilder agents) => agents.AddAgent<OrderAgent>("orders");
}
