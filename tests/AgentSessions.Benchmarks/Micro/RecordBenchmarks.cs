using System.Buffers;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;
using BenchmarkDotNet.Attributes;

namespace AgentSessions.Benchmarks.Micro;

/// <summary>A chunk on its way into a record, and a message out of its chunks. Figures are for one chunk.</summary>
public class RecordBenchmarks
{
    private readonly ArrayBufferWriter<byte> _json = new();

    [Benchmark(OperationsPerInvoke = Answers.Deltas)]
    public RecordBatch RecordsOfPlainText() => Answers.Batch(Cursor.Start, Answers.Deltas);

    [Benchmark(OperationsPerInvoke = Answers.Deltas)]
    public RecordBatch RecordsByWayOfJson()
    {
        var builder = new RecordBatchBuilder(Cursor.Start);
        foreach (UIMessageChunk chunk in Answers.Chunks)
        {
            _json.ResetWrittenCount();
            UIMessageChunkWriter.Write(chunk, _json);
            builder.AddChunk(_json.WrittenSpan, 0);
        }

        return builder.Take()!;
    }

    [Benchmark(OperationsPerInvoke = Answers.Deltas)]
    public UIMessage ChunkReduction()
    {
        var order = new ChunkOrder();
        var builder = new UIMessageBuilder("msg-1");
        foreach (UIMessageChunk chunk in Answers.Chunks)
        {
            order.Accept(chunk);
            builder.Apply(chunk);
        }

        return builder.Build();
    }
}
