using AgentSessions.Agents;
using AgentSessions.Orleans.Settings;

namespace AgentSessions.Orleans.Tests.Hosting;

/// <summary>What a test cluster is like.</summary>
internal sealed record TestNodesOptions
{
    /// <summary>A node's settings, by its number from 0 on. Default: the defaults.</summary>
    public Func<int, OrleansOptions> Settings { get; init; } = static _ => new OrleansOptions();

    /// <summary>The agents of every node. Default: <see cref="TestAgents"/>.</summary>
    public Func<AgentSessionsBuilder, AgentSessionsBuilder> Agents { get; init; } = static agents => agents.AddTestAgents();

    /// <summary>Changes a node last.</summary>
    public Action<ISiloBuilder>? Configure { get; init; }

    /// <summary>Changes the process that is no node last.</summary>
    public Action<IClientBuilder>? ConfigureClient { get; init; }

    /// <summary>Whether there is also a process that is no node.</summary>
    public bool WithClient { get; init; }

    /// <summary>Nodes that all have these settings.</summary>
    public static TestNodesOptions Of(OrleansOptions settings) => new() { Settings = _ => settings };
}
