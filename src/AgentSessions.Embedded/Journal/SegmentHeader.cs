using System.Buffers.Binary;
using AgentSessions.Embedded.Files;

namespace AgentSessions.Embedded.Journal;

/// <summary>What stands at the start of a segment file: 40 bytes, little-endian; the frames start at <see cref="FirstFrame"/>.</summary>
/// <remarks><c>magic u64, format u32, salt u32, number u64, size u64, supersedes u64, checksum u32</c>.</remarks>
/// <param name="Number">Its place in the journal, from 1. A file is used again under a greater number.</param>
/// <param name="Salt">What its frames start with.</param>
/// <param name="Size">The file's length.</param>
/// <param name="Supersedes">
/// Frames of the segment before count only below this sequence, because writing there failed and nobody was told that it had worked;
/// 0 when the segment before ends by a roll frame.
/// </param>
internal readonly record struct SegmentHeader(long Number, uint Salt, long Size, long Supersedes)
{
    public const int FirstFrame = 4096;
    public const int Format = 1;
    private const int Length = 44;
    private const ulong Magic = 0x4C4E524A_53534741; // "AGSSJRNL"

    public void Write(Span<byte> bytes)
    {
        bytes[..FirstFrame].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], Format);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[12..], Salt);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], Number);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[24..], Size);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[32..], Supersedes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[40..], Crc32C.Of(bytes[..40]));
    }

    /// <summary>Reads a header.</summary>
    /// <param name="bytes">The start of a file.</param>
    /// <param name="header">The header; of one that is not sound, what it seems to say.</param>
    /// <param name="format">The format it names.</param>
    /// <returns>Whether it is sound.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out SegmentHeader header, out int format)
    {
        header = default;
        format = 0;
        if (bytes.Length < Length)
        {
            return false;
        }

        format = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        header = new SegmentHeader(
            BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]));
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes) == Magic
            && BinaryPrimitives.ReadUInt32LittleEndian(bytes[40..]) == Crc32C.Of(bytes[..40]);
    }
}
