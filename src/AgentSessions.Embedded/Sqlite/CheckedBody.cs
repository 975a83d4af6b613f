using System.Buffers.Binary;
using AgentSessions.Core.Storage;
using AgentSessions.Embedded.Entries;
using AgentSessions.Embedded.Files;

namespace AgentSessions.Embedded.Sqlite;

/// <summary>A stored value with a checksum behind it, so that a flipped bit is noticed and not served.</summary>
/// <remarks>The checksum also covers the number of what the value belongs to: a value in a wrong place fails too.</remarks>
internal static class CheckedBody
{
    private const int ChecksumSize = sizeof(uint);

    /// <summary>Adds the checksum to what was written.</summary>
    public static ReadOnlySpan<byte> Seal(ByteWriter writer, long owner)
    {
        Span<byte> checksum = stackalloc byte[ChecksumSize];
        BinaryPrimitives.WriteUInt32LittleEndian(checksum, ChecksumOf(writer.Written, owner));
        writer.Raw(checksum);
        return writer.Written;
    }

    /// <summary>The value without its checksum.</summary>
    /// <param name="body">What is stored.</param>
    /// <param name="owner">The number it belongs to.</param>
    /// <param name="what">How to call it in an error.</param>
    /// <exception cref="StoreDamagedException">The checksum fails.</exception>
    public static ReadOnlySpan<byte> Open(ReadOnlySpan<byte> body, long owner, string what) =>
        TryOpen(body, owner, out ReadOnlySpan<byte> value) ? value : throw Damaged(owner, what);

    /// <summary>The value without its checksum, if that is right.</summary>
    public static bool TryOpen(ReadOnlySpan<byte> body, long owner, out ReadOnlySpan<byte> value)
    {
        value = body.Length >= ChecksumSize ? body[..^ChecksumSize] : [];
        return body.Length >= ChecksumSize && BinaryPrimitives.ReadUInt32LittleEndian(body[^ChecksumSize..]) == ChecksumOf(value, owner);
    }

    /// <summary>Says that a stored value fails its checksum.</summary>
    public static StoreDamagedException Damaged(long owner, string what) =>
        new($"The stored {what} of session number {owner} fails its checksum. Restore the store from a backup.");

    private static uint ChecksumOf(ReadOnlySpan<byte> value, long owner)
    {
        Span<byte> number = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(number, owner);
        return Crc32C.Of(value, Crc32C.Of(number));
    }
}
