using AgentSessions.Core.Streams.Live;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Gateway.Streaming;

/// <summary>Takes what is in memory of a stream, up to an event's worth, so that one wake-up is one event and one write.</summary>
/// <remarks>Lives only between two waits: one list for each thread is enough, and no reader holds one.</remarks>
internal static class BatchGatherer
{
    private const int MaxBatches = 256;

    [ThreadStatic]
    private static RecordBatch[]? _scratch;

    /// <summary>The batch just read and those right behind it. Use them before anything else runs on this thread.</summary>
    public static ReadOnlySpan<RecordBatch> Gather(StreamTail tail, RecordBatch first, int maxBytes)
    {
        RecordBatch[] batches = _scratch ??= new RecordBatch[MaxBatches];
        batches[0] = first;
        int count = 1;
        int bytes = first.Records.Length;
        while (bytes < maxBytes && count < MaxBatches && tail.TryRead() is { } next)
        {
            batches[count++] = next;
            bytes += next.Records.Length;
        }

        return batches.AsSpan(0, count);
    }

    /// <summary>Lets go of the batches, so that a thread does not keep them alive.</summary>
    public static void Release(ReadOnlySpan<RecordBatch> batches) => _scratch.AsSpan(0, batches.Length).Clear();
}
