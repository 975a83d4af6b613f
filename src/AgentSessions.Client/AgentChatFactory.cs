using System.Text.Json;
using AgentSessions.Client.Connections;
using AgentSessions.Client.Retries;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Client;

/// <summary>Makes chats over connections it is given.</summary>
/// <param name="connect">The connection for a chat; it may be shared.</param>
/// <param name="settings">What all chats share; null for the defaults.</param>
public sealed class AgentChatFactory(Func<AgentChatOptions, ISessionConnection> connect, AgentChatSettings? settings = null) : IAgentChatFactory
{
    private readonly AgentChatSettings _settings = settings ?? new();

    /// <inheritdoc/>
    public AgentChat Create(AgentChatOptions options)
    {
        options.Validate();
        return new AgentChat(options, connect(options), _settings);
    }

    /// <inheritdoc/>
    public AgentChat<TClientData> Create<TClientData>(AgentChatOptions<TClientData> options)
    {
        options.Validate();
        return new AgentChat<TClientData>(options, connect(options), _settings);
    }
}

/// <summary>What all chats of a factory share.</summary>
public sealed record AgentChatSettings
{
    /// <summary>How failures that may pass are repeated.</summary>
    public RetryOptions Retry { get; init; } = new();

    /// <summary>The clock of all waits. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where the jitter of waits comes from.</summary>
    public Random Random { get; init; } = Random.Shared;

    /// <summary>How client data, actions and tool outputs are written. Default: camelCase, nulls left out.</summary>
    public JsonSerializerOptions Json { get; init; } = UIJson.Options;
}
