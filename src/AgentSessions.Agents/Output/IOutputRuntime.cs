using AgentSessions.Protocol.UI;

namespace AgentSessions.Agents;

/// <summary>Writes chunks.</summary>
internal interface IOutputRuntime
{
    string MessageId { get; }

    ValueTask WriteAsync(UIMessageChunk chunk, CancellationToken cancellationToken);

    ValueTask WriteTextAsync(string text, CancellationToken cancellationToken);
}
