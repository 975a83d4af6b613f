using AgentSessions.Client.Connections;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Clients;

/// <summary>A reading window that follows a stream in memory.</summary>
internal sealed class EngineTail(StreamTail tail, TimeSpan silence, Cursor? idleAt) : ISessionTail
{
    public bool IsSettled => false;

    public Cursor? IdleAt => idleAt;

    public async ValueTask<IReadOnlyList<StreamRecord>?> ReadAsync()
    {
        try
        {
            return await tail.ReadAsync(silence) is { } batch ? [.. batch.Decode()] : null;
        }
        catch (StoreUnavailableException exception)
        {
            throw exception.AsSessionException();
        }
    }

    public ValueTask DisposeAsync()
    {
        tail.Dispose();
        return ValueTask.CompletedTask;
    }
}
