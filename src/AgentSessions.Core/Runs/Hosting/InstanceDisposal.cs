namespace AgentSessions.Core.Runs.Hosting;

/// <summary>Disposes a run's agent instance, whichever way it can be.</summary>
internal sealed class InstanceDisposal : IAsyncDisposable
{
    private object? _instance;

    /// <summary>Takes an instance over.</summary>
    public T Own<T>(T instance)
        where T : class
    {
        _instance = instance;
        return instance;
    }

    public async ValueTask DisposeAsync()
    {
        if (_instance is IAsyncDisposable asynchronous)
        {
            await asynchronous.DisposeAsync();
        }
        else if (_instance is IDisposable disposable)
        {
            disposable.Dispose();
        }
    }
}
