using System.Text;
using AgentSessions.Embedded.Backups;
using AgentSessions.Embedded.Journal;

namespace AgentSessions.Embedded.Tests.Journal;

/// <summary>A copy's journal must not end before the database beside it, which may have what the writer is still applying.</summary>
public sealed class JournalCopyTests : IDisposable
{
    private readonly JournalFixture _journal = new();
    private readonly TestDirectory _copy = new();

    public void Dispose()
    {
        _copy.Dispose();
        _journal.Dispose();
    }

    [Theory]
    [InlineData(20)]
    [InlineData(JournalFixture.SegmentBytes)]
    public void Copy_WhileAGroupIsApplied_HasIt(int length)
    {
        _journal.Append("first");
        string second = new('2', length);
        _journal.Log.Append(new byte[FrameHeader.Size + Encoding.UTF8.GetByteCount(second)].Fill(second));

        Directory.CreateDirectory(_copy.Path);
        JournalCopy.Write(_journal.Log, JournalPosition.Start, _copy.Path);

        Assert.Equal(["first", second], _journal.Recover(_copy.Path));
    }
}
