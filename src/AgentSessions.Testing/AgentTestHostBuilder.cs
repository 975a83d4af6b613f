using AgentSessions.Agents;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Testing;

/// <summary>How a test wants its agent to run.</summary>
public sealed class AgentTestHostBuilder
{
    private readonly List<Action<AgentSessionsBuilder>> _agents = [];

    internal AgentTestHostBuilder()
    {
    }

    /// <summary>The services agents are made from. The scripted model is among them as <c>IChatClient</c> already.</summary>
    public IServiceCollection Services { get; } = new ServiceCollection();

    /// <summary>The agent's name. Default <c>agent</c>.</summary>
    public string AgentName { get; set; } = "agent";

    /// <summary>The conversation's id. Default <c>chat</c>.</summary>
    public string ChatId { get; set; } = "chat";

    /// <summary>Client data sent with every message; serialised with web defaults. Default null.</summary>
    public object? ClientData { get; set; }

    /// <summary>The session's metadata, such as <c>new { userId = "u1" }</c>. Default null.</summary>
    public object? Metadata { get; set; }

    /// <summary>Further fields of the trigger configuration. Default null.</summary>
    public object? TriggerConfig { get; set; }

    /// <summary>Changes the agent's options.</summary>
    public Action<AgentOptions>? Options { get; set; }

    /// <summary>The host whose store this one shares, for another conversation or as a second process of the same; null for a store of its own.</summary>
    internal AgentTestHost? Beside { get; set; }

    /// <summary>Registers further agents.</summary>
    public void Agents(Action<AgentSessionsBuilder> register) => _agents.Add(register);

    internal void Register(AgentSessionsBuilder builder) => _agents.ForEach(register => register(builder));
}
