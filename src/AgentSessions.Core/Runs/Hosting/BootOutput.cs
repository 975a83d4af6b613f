using AgentSessions.Agents;
using AgentSessions.Core.Runs.Writing;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Runs.Hosting;

/// <summary>The output of a run between turns: data parts for clients that are watching, part of no message.</summary>
internal sealed class BootOutput(OutWriter writer) : IOutputRuntime
{
    public string MessageId => throw new InvalidOperationException("There is no message outside a turn.");

    public ValueTask WriteAsync(UIMessageChunk chunk, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return chunk is DataChunk
            ? writer.AddAsync(OutWriter.Serialise(chunk), isContent: true)
            : throw new InvalidOperationException($"Outside a turn only data can be written, not a {chunk.Type} chunk.");
    }

    public ValueTask WriteTextAsync(string text, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("Outside a turn only data can be written, not text.");
}
