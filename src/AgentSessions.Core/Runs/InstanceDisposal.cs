namespace AgentSessions.Core.Runs;

/// <summary>Disposes a run's agent instance, whichever way it can be.</summary>
internal sealed class InstanceDisposal(object instance) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        if (instance is IAsyncDisposable asynchronous)
        {
            await asynchronous.DisposeAsync();
        }
        else if (instance is IDisposable disposable)
        {
            disposable.Dispose();
        }
    }
}
