using AgentSessions.Core.Runs.Writing;
using AgentSessions.Core.Tests.Sessions.Acting;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentSessions.Core.Tests.Runs.Writing;

/// <summary>A writer that cannot even prepare its next commit ends, and nobody waits for it for ever.</summary>
public sealed class OutWriterFailureTests : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private readonly ActorBench _bench = new();
    private readonly FailingTime _time = new();
    private OutWriter? _writer;

    public void Dispose() => _writer?.Dispose();

    [Fact]
    public async Task ACommitThatCannotBePrepared_EndsTheWriter_AndWhoeverWaits()
    {
        await _bench.StartAsync();
        var ended = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        _writer = new OutWriter(
            _bench.Store, _bench.Hub, _bench.Host.Started[^1], _time, new OutWriterOptions { KeepAlive = TimeSpan.Zero, StructureDelay = TimeSpan.Zero }, NullLogger.Instance, default);
        _writer.Ended += ended.SetResult;
        await _writer.AddAsync("{}"u8, isContent: false);

        _time.Fails = true;
        Task flushed = _writer.FlushAsync();

        await Assert.ThrowsAsync<OutOfMemoryException>(() => flushed.WaitAsync(_patience));
        Assert.IsType<OutOfMemoryException>(await ended.Task.WaitAsync(_patience));
        _time.Fails = false;
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await _writer.AddAsync("{}"u8, isContent: true));
    }

    private sealed class FailingTime : TimeProvider
    {
        public bool Fails { get; set; }

        public override long GetTimestamp() => Fails ? throw new OutOfMemoryException() : base.GetTimestamp();
    }
}
