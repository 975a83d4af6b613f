using System.Buffers.Binary;
using AgentSessions.Embedded.Files;

namespace AgentSessions.Embedded.Journal;

/// <summary>What stands before each frame of a segment: 24 bytes, little-endian.</summary>
/// <remarks>
/// <c>salt u32, length u32, sequence u64, kind u32, checksum u32</c>. The salt is the segment's own, random for each use of its file, so that
/// what is left of an earlier use, or bytes that a client sent, cannot pass for a frame. The checksum is over the other fields and the payload.
/// Frames start at multiples of <see cref="Alignment"/>.
/// </remarks>
internal readonly record struct FrameHeader(uint Salt, int Length, long Sequence, FrameKind Kind)
{
    public const int Size = 24;
    public const int Alignment = 8;

    /// <summary>The bytes that a frame with a payload of this length takes.</summary>
    public static int FrameSize(int payload) => (Size + payload + Alignment - 1) & -Alignment;

    /// <summary>Writes the header of a frame whose payload is in place behind it.</summary>
    public void Write(Span<byte> frame)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(frame, Salt);
        BinaryPrimitives.WriteInt32LittleEndian(frame[4..], Length);
        BinaryPrimitives.WriteInt64LittleEndian(frame[8..], Sequence);
        BinaryPrimitives.WriteInt32LittleEndian(frame[16..], (int)Kind);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[20..], Checksum(frame, Length));
    }

    /// <summary>Reads the frame at the start of the bytes, if a whole and sound one is there.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, uint salt, out FrameHeader header)
    {
        header = default;
        if (bytes.Length < Size || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != salt)
        {
            return false;
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]);
        if (length < 0 || length > bytes.Length - Size || BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]) != Checksum(bytes, length))
        {
            return false;
        }

        header = new FrameHeader(
            salt, length, BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]), (FrameKind)BinaryPrimitives.ReadInt32LittleEndian(bytes[16..]));
        return true;
    }

    private static uint Checksum(ReadOnlySpan<byte> frame, int length) => Crc32C.Of(frame.Slice(Size, length), Crc32C.Of(frame[..20]));
}

/// <summary>What a frame holds. The numbers are stored.</summary>
internal enum FrameKind
{
    /// <summary>Entries: one group of commits.</summary>
    Group = 1,

    /// <summary>Nothing. It stands behind the last group of a burst, until the next group takes its place, so that damage to that group is told from a write cut short.</summary>
    Seal = 2,

    /// <summary>Nothing. The next frame is in the next segment.</summary>
    Roll = 3,
}
