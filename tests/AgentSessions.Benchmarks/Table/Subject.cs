using AgentSessions.Benchmarks.Processes;
using AgentSessions.Load;
using AgentSessions.Load.Scenarios;

namespace AgentSessions.Benchmarks.Table;

/// <summary>A running server under measurement.</summary>
internal sealed class Subject(string name, ServerProcess process, string secretKey, string dataDirectory) : IAsyncDisposable
{
    public string Name => name;

    public string DataDirectory => dataDirectory;

    public long DiskBytes => DiskUse.Of(dataDirectory);

    private LoadTarget Target { get; } = new() { Addresses = [process.Address], SecretKey = secretKey };

    /// <summary>Runs one load and reads both processes' CPU time around its measured part.</summary>
    public async Task<Measurement> MeasureAsync(string what, Func<LoadGenerator, LoadHooks, Task<LoadResult>> load)
    {
        ProcessUse serverBefore = default, serverAfter = default, generatorBefore = default, generatorAfter = default;
        LoadHooks hooks = new()
        {
            MeasureStarted = () => (serverBefore, generatorBefore) = (ProcessUse.Of(process.Id), ProcessUse.Of(Environment.ProcessId)),
            MeasureEnded = () => (serverAfter, generatorAfter) = (ProcessUse.Of(process.Id), ProcessUse.Of(Environment.ProcessId)),
        };
        LoadResult result = await load(new LoadGenerator(Target), hooks);
        return new Measurement(
            what,
            name,
            result,
            serverAfter.CpuSeconds - serverBefore.CpuSeconds,
            generatorAfter.CpuSeconds - generatorBefore.CpuSeconds);
    }

    /// <summary>Bytes of the data directory once they have not changed for a while: a busy disk takes its time over the last checkpoint.</summary>
    /// <param name="unchanged">For how long, more than the server waits before it brings its journal to the database.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<long> RestingDiskBytesAsync(TimeSpan unchanged, CancellationToken cancellationToken)
    {
        while (true)
        {
            long before = DiskBytes;
            await Task.Delay(unchanged, cancellationToken);
            if (DiskBytes == before)
            {
                return before;
            }
        }
    }

    /// <summary>Bytes of memory alive in the server: after a collection, once the runtime has given back what it frees.</summary>
    public async Task<double> ResidentAsync(CancellationToken cancellationToken)
    {
        // The runtime returns memory in steps some time after a collection; settled is when a further round frees next to nothing.
        const int MostRounds = 6;
        const double Settled = 0.995;
        double least = double.MaxValue;
        for (int round = 0; round < MostRounds; round++)
        {
            await GarbageCollection.CollectAsync(process.Id, cancellationToken);
            await Task.Delay(TimeSpan.FromMilliseconds(500), cancellationToken);
            double resident = ProcessUse.Of(process.Id).ResidentBytes;
            if (resident > least * Settled)
            {
                return Math.Min(least, resident);
            }

            least = resident;
        }

        return least;
    }

    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync();
        if (Directory.Exists(dataDirectory))
        {
            Directory.Delete(dataDirectory, recursive: true);
        }
    }
}
