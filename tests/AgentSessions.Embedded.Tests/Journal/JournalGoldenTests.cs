using AgentSessions.Embedded.Files;
using AgentSessions.Embedded.Journal;

namespace AgentSessions.Embedded.Tests.Journal;

/// <summary>What is on disks already may never be read differently.</summary>
public sealed class JournalGoldenTests
{
    [Fact]
    public void FrameHeader_HasItsBytes()
    {
        byte[] frame = new byte[FrameHeader.Size + 3];
        "abc"u8.CopyTo(frame.AsSpan(FrameHeader.Size));
        new FrameHeader(0x11223344, 3, 5, FrameKind.Group).Write(frame);
        Assert.Equal("443322110300000005000000000000000100000037B059E9616263", Convert.ToHexString(frame));
        Assert.True(FrameHeader.TryRead(frame, 0x11223344, out FrameHeader read));
        Assert.Equal(new FrameHeader(0x11223344, 3, 5, FrameKind.Group), read);
        Assert.False(FrameHeader.TryRead(frame, 0x11223345, out _));
    }

    [Fact]
    public void SegmentHeader_HasItsBytes()
    {
        byte[] bytes = new byte[SegmentHeader.FirstFrame];
        var header = new SegmentHeader(7, 0x11223344, 8 << 20, 9);
        header.Write(bytes);
        Assert.Equal(
            "41475353 4A524E4C 01000000 44332211 0700000000000000 0000800000000000 0900000000000000 BE98F3D5".Replace(" ", ""),
            Convert.ToHexString(bytes.AsSpan(0, 44)));
        Assert.True(SegmentHeader.TryRead(bytes, out SegmentHeader read, out int format));
        Assert.Equal((header, 1), (read, format));
    }

    [Fact]
    public void Kinds_KeepTheirNumbers() =>
        Assert.Equal([("Group", 1), ("Seal", 2), ("Roll", 3)], Enum.GetValues<FrameKind>().Select(kind => (kind.ToString(), (int)kind)));

    [Theory]
    [InlineData("", 0u)]
    [InlineData("123456789", 0xE3069283u)]
    [InlineData("The quick brown fox jumps over the lazy dog", 0x22620404u)]
    public void Crc32C_IsThePublishedOne(string text, uint expected)
    {
        byte[] bytes = System.Text.Encoding.ASCII.GetBytes(text);
        Assert.Equal(expected, Crc32C.Of(bytes));
        Assert.Equal(expected, Crc32C.Of(bytes.AsSpan(bytes.Length / 3), Crc32C.Of(bytes.AsSpan(0, bytes.Length / 3))));
    }
}
