using System.Net.Sockets;
using AgentSessions.Load.Wire;

namespace AgentSessions.Load.Scenarios;

/// <summary>Lists the newest page of sessions, each caller one call after the other.</summary>
internal sealed class ListScenario(LoadTarget target, ListLoad load, LoadMeter meter) : IScenario
{
    private readonly Cluster _cluster = new(target);

    public Task SetUpAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task WorkAsync(CancellationToken stop) =>
        Task.WhenAll(Enumerable.Range(0, load.Callers).Select(caller => CallAsync(_cluster.ForCreate(caller), stop)));

    public void Abort() => _cluster.Dispose();

    public void Dispose() => Abort();

    private async Task CallAsync(LoadEndpoint endpoint, CancellationToken stop)
    {
        byte[] request = endpoint.Requests.List(load.PageSize);
        while (!stop.IsCancellationRequested)
        {
            long begun = meter.Now;
            try
            {
                HttpAnswer answer = await endpoint.SendAsync(request, stop).ConfigureAwait(false);
                if (answer.Status == 200)
                {
                    meter.OnRequest(begun);
                    continue;
                }

                meter.Errors.Add($"list {answer.Status}");
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception failure) when (failure is IOException or SocketException or ObjectDisposedException or InvalidDataException)
            {
                meter.Errors.Add("list cut");
            }

            return; // A server that refuses a read once is not asked again as fast as it can refuse.
        }
    }
}
