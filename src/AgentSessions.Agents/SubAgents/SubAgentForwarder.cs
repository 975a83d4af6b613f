using System.Text.Json;
using AgentSessions.Client;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Agents;

/// <summary>Shows a sub-agent's answer in its parent's while it grows.</summary>
internal sealed class SubAgentForwarder(IOutputRuntime output, string toolCallId, SubAgentForwarding forwarding, TimeProvider time)
{
    private const string DataName = "subagent";
    private const int MaxBatchCharacters = 128 * 1024;
    private const int MaxSnapshotBytes = 64 * 1024;
    private static readonly TimeSpan _batchTime = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _snapshotTime = TimeSpan.FromMilliseconds(250);
    private readonly List<JsonElement> _batch = [];
    private readonly UIMessageBuilder _snapshot = new();
    private int _characters;
    private long _since;
    private int _sequence;

    /// <summary>Reads the answer to its end.</summary>
    /// <exception cref="AgentUserException">The sub-agent failed; the message is the one it showed.</exception>
    public async Task<AgentChatResult> ForwardAsync(AgentChatStream stream, CancellationToken cancellationToken)
    {
        await using IAsyncEnumerator<UIMessageChunk> chunks = stream.GetAsyncEnumerator(cancellationToken);
        _since = time.GetTimestamp();
        Task<bool> next = chunks.MoveNextAsync().AsTask();
        while (true)
        {
            if (!next.IsCompleted && _batch.Count > 0)
            {
                // A pause of the sub-agent must not keep back what it has said.
                await Task.WhenAny(next, Task.Delay(_batchTime, time, cancellationToken));
                if (!next.IsCompleted)
                {
                    await FlushAsync(cancellationToken);
                }
            }

            if (!await next)
            {
                break;
            }

            await TakeAsync(chunks.Current, cancellationToken);
            next = chunks.MoveNextAsync().AsTask();
        }

        await FlushAsync(cancellationToken);
        AgentChatResult result = stream.SoFar;
        return result.ErrorText is { } error ? throw new AgentUserException(error) : result;
    }

    private async ValueTask TakeAsync(UIMessageChunk chunk, CancellationToken cancellationToken)
    {
        switch (forwarding)
        {
            case SubAgentForwarding.Chunks:
                JsonElement json = UIJson.ToElement(chunk);
                _batch.Add(json);
                _characters += json.GetRawText().Length;
                if (_characters >= MaxBatchCharacters || time.GetElapsedTime(_since) >= _batchTime)
                {
                    await FlushAsync(cancellationToken);
                }

                break;
            case SubAgentForwarding.Snapshots:
                _snapshot.Apply(chunk);
                if (time.GetElapsedTime(_since) >= _snapshotTime || _sequence == 0)
                {
                    await SnapshotAsync(cancellationToken);
                }

                break;
            case SubAgentForwarding.None:
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(forwarding), forwarding, null);
        }
    }

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        _since = time.GetTimestamp();
        if (_batch.Count > 0)
        {
            var data = new { toolCallId, seq = _sequence++, chunks = _batch.ToArray() };
            _batch.Clear();
            _characters = 0;
            await output.WriteAsync(new DataChunk(DataName, UIJson.ToElement(data)) { Transient = true }, cancellationToken);
        }
    }

    private async ValueTask SnapshotAsync(CancellationToken cancellationToken)
    {
        _since = time.GetTimestamp();
        JsonElement message = UIJson.ToElement(_snapshot.Build());
        if (System.Text.Encoding.UTF8.GetByteCount(message.GetRawText()) <= MaxSnapshotBytes)
        {
            _sequence++;
            await output.WriteAsync(new ToolOutputAvailableChunk(toolCallId, message) { Preliminary = true }, cancellationToken);
        }
    }
}
