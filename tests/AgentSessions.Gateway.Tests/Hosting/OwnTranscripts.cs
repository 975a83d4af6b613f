using AgentSessions.Agents;

namespace AgentSessions.Gateway.Tests.Hosting;

/// <summary>The store of an agent that keeps its conversations itself; nothing comes of it.</summary>
internal sealed class OwnTranscripts : ITranscriptStore
{
    /// <summary>The agent's name.</summary>
    public const string Agent = "elsewhere";

    public ValueTask<StoredConversation?> LoadAsync(TranscriptScope scope, CancellationToken cancellationToken) => default;

    public ValueTask SaveAsync(TranscriptScope scope, TranscriptChangeset changes, CancellationToken cancellationToken) => default;
}
