using System.Buffers.Binary;
using System.Numerics;

namespace AgentSessions.Postgres.Values;

/// <summary>CRC-32C of a batch's bytes and its place, so that a flipped bit or a misplaced row is noticed when it is read.</summary>
internal static class RecordChecksum
{
    public static int Of(long first, ReadOnlySpan<byte> data)
    {
        uint crc = BitOperations.Crc32C(uint.MaxValue, (ulong)first);
        while (data.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[sizeof(ulong)..];
        }

        foreach (byte value in data)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return unchecked((int)~crc);
    }
}
