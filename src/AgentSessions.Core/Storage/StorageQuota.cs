using System.Collections.Concurrent;
using AgentSessions.Core.Telemetry;
using AgentSessions.Protocol.Errors;

namespace AgentSessions.Core.Storage;

/// <summary>Refuses what clients bring once their environment keeps as much as it may. What an agent answers is kept, so that turns end.</summary>
/// <remarks>
/// Judged by the store's own count, which is asked for again every few seconds while there are writes, and by what this host took in since. So
/// an environment goes beyond its limit by no more than what the turns under way, and other hosts in those seconds, write.
/// </remarks>
public sealed class StorageQuota(ISessionStore store, StorageLimits limits, TimeProvider time)
{
    private static readonly TimeSpan _shortestRest = TimeSpan.FromSeconds(2);

    /// <summary>Measuring takes at most one part in so many of the time.</summary>
    private const int RestPerMeasurement = 100;

    private readonly ConcurrentDictionary<string, EnvironmentBytes> _usages = new(StringComparer.Ordinal);

    /// <summary>Takes in bytes that are about to be stored.</summary>
    /// <exception cref="SessionException"><see cref="SessionErrorCode.StorageFull"/>.</exception>
    public async ValueTask AdmitAsync(string environment, long bytes, CancellationToken cancellationToken)
    {
        if (limits.In(environment) is not { } limit)
        {
            return;
        }

        EnvironmentBytes usage = _usages.GetOrAdd(environment, static _ => new EnvironmentBytes());
        Task? measuring = Measure(environment, usage, limit);
        if (measuring is not null && (!usage.IsKnown || usage.Bytes + bytes > limit))
        {
            await measuring.WaitAsync(cancellationToken);
        }

        if (!usage.TryAdd(bytes, limit))
        {
            throw new SessionException(
                SessionErrorCode.StorageFull, "The environment keeps as many bytes as it may; delete what is not needed any more");
        }
    }

    /// <summary>What an environment keeps and may keep, in bytes; null where it is not bounded.</summary>
    public async ValueTask<(long Bytes, long Limit)?> ReadAsync(string environment, CancellationToken cancellationToken) =>
        limits.In(environment) is { } limit ? (await store.MeasureAsync(environment, cancellationToken), limit) : null;

    /// <summary>Begins a measurement if one is due; the one under way, or null.</summary>
    private Task? Measure(string environment, EnvironmentBytes usage, long limit)
    {
        lock (usage)
        {
            if (usage.Measuring is null && (!usage.IsKnown || time.GetElapsedTime(usage.MeasuredAt) >= usage.Rest))
            {
                usage.Measuring = MeasureAsync(environment, usage, limit);
            }

            return usage.Measuring;
        }
    }

    private async Task MeasureAsync(string environment, EnvironmentBytes usage, long limit)
    {
        await Task.Yield();
        long added = usage.Added;
        long started = time.GetTimestamp();
        try
        {
            long bytes = await store.MeasureAsync(environment, CancellationToken.None);
            usage.Set(bytes - added);
            AgentMetrics.Stored(environment, bytes, limit);
        }
        catch (StoreUnavailableException)
        {
            // The store refuses the write itself; what was known stays.
        }
        finally
        {
            TimeSpan rest = time.GetElapsedTime(started) * RestPerMeasurement;
            lock (usage)
            {
                usage.Measuring = null;
                usage.MeasuredAt = time.GetTimestamp();
                usage.Rest = rest > _shortestRest ? rest : _shortestRest;
            }
        }
    }

    /// <summary>What is known of one environment.</summary>
    private sealed class EnvironmentBytes
    {
        private long _added;
        private long _base;

        public Task? Measuring { get; set; }

        public long MeasuredAt { get; set; }

        public TimeSpan Rest { get; set; }

        public bool IsKnown { get; private set; }

        /// <summary>All that this host ever took in.</summary>
        public long Added => Volatile.Read(ref _added);

        public long Bytes => Volatile.Read(ref _base) + Added;

        public bool TryAdd(long bytes, long limit)
        {
            if (Interlocked.Add(ref _added, bytes) + Volatile.Read(ref _base) <= limit)
            {
                return true;
            }

            Interlocked.Add(ref _added, -bytes);
            return false;
        }

        public void Set(long bytes)
        {
            Volatile.Write(ref _base, bytes);
            IsKnown = true;
        }
    }
}
