using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using AgentSessions.Core.Archives;

namespace AgentSessions.Core.Tests.Archives;

public sealed class ArchiveReaderTests
{
    private const int MaxLineBytes = 4096;

    [Fact]
    public async Task EmptyLines_HoweverMany_CostNoReadEach()
    {
        const string line = """{"kind":"end","lines":0}""";
        var source = new CountingReader(new string('\n', 100_000) + "\r\n" + line + "\r\n\r\n" + new string('\n', 100_000));
        var reader = new ArchiveReader(source, MaxLineBytes, null);

        Assert.NotNull(await reader.NextAsync(default));
        Assert.Null(await reader.NextAsync(default));

        Assert.Equal(1, reader.Lines);
        Assert.InRange(source.Reads, 1, 5);
    }

    private sealed class CountingReader(string text) : PipeReader
    {
        private readonly PipeReader _inner = Create(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(text)));

        public int Reads { get; private set; }

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            Reads++;
            return _inner.ReadAsync(cancellationToken);
        }

        public override void AdvanceTo(SequencePosition consumed) => _inner.AdvanceTo(consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => _inner.AdvanceTo(consumed, examined);

        public override bool TryRead(out ReadResult result) => _inner.TryRead(out result);

        public override void CancelPendingRead() => _inner.CancelPendingRead();

        public override void Complete(Exception? exception = null) => _inner.Complete(exception);
    }
}
