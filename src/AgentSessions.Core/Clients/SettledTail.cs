using AgentSessions.Client.Connections;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Clients;

/// <summary>A reading window on a stream at rest: what is stored, then the end.</summary>
internal sealed class SettledTail(ISessionEngine engine, StreamId stream, Cursor from, Cursor to, CancellationToken cancellationToken) : ISessionTail
{
    private const int ReadBytes = 256 * 1024;

    private Cursor _next = from;

    public bool IsSettled => true;

    public Cursor? IdleAt => null;

    public async ValueTask<IReadOnlyList<StreamRecord>?> ReadAsync()
    {
        if (_next >= to || await engine.ReadAsync(stream, _next, ReadBytes, cancellationToken) is not { } batch)
        {
            return null;
        }

        _next = batch.Tail;
        return [.. batch.Decode()];
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
