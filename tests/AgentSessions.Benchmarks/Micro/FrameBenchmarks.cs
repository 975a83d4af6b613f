using System.Buffers;
using AgentSessions.Gateway.Streaming;
using AgentSessions.Protocol.Records;
using BenchmarkDotNet.Attributes;

namespace AgentSessions.Benchmarks.Micro;

/// <summary>One event of a stream, from the bytes that are stored.</summary>
public class FrameBenchmarks
{
    private readonly ArrayBufferWriter<byte> _output = new(1 << 20);
    private RecordBatch[] _batches = [];

    [Params(1, 20, 200)]
    public int Chunks { get; set; }

    [GlobalSetup]
    public void Setup() => _batches = [Answers.Batch(Cursor.Start, Chunks)];

    [Benchmark]
    public int Frame()
    {
        _output.ResetWrittenCount();
        EventFrames.WriteBatch(_output, _batches, _batches[0].Tail, _batches[0].Timestamp);
        return _output.WrittenCount;
    }
}
