namespace AgentSessions.Server.Memory;

/// <summary>Gives memory back to the machine once the server has come to rest.</summary>
/// <remarks>
/// The runtime keeps the room that busy times needed for new objects, some hundred megabytes, for as long as the process lives. What is alive then is
/// mostly sessions that wait. The collection stops the process for about a millisecond for each megabyte alive, when nobody is being answered.
/// </remarks>
internal sealed partial class IdleMemory(IdleMemoryOptions options, TimeProvider time, ILogger<IdleMemory> logger) : BackgroundService
{
    private const int Looks = 4;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.QuietTime / Looks, time);
        var spell = new QuietSpell(Looks);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (spell.EndsWork(GC.GetTotalAllocatedBytes()) && GC.GetTotalMemory(forceFullCollection: false) <= options.MaxHeapBytes)
            {
                long before = Committed();
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                LogGivenBack((before - Committed()) / 1_000_000);
            }
        }
    }

    private static long Committed() => GC.GetGCMemoryInfo().TotalCommittedBytes;

    [LoggerMessage(4020, LogLevel.Debug, "The server is at rest: gave back {Megabytes} MB of memory")]
    private partial void LogGivenBack(long megabytes);
}
