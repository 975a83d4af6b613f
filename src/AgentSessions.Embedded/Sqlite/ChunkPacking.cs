using System.Buffers;
using System.IO.Compression;
using AgentSessions.Core.Storage;
using AgentSessions.Embedded.Entries;

namespace AgentSessions.Embedded.Sqlite;

/// <summary>How the records of a chunk are stored: as they are, or compressed where that pays.</summary>
internal static class ChunkPacking
{
    private const byte Plain = 1;
    private const byte Brotli = 2;
    private const int Quality = 1;
    private const int Window = 18;

    /// <summary>Below this compression gains less than it costs.</summary>
    private const int MinBytes = 256;

    public static void Pack(ByteWriter writer, ReadOnlySpan<byte> records)
    {
        if (records.Length >= MinBytes)
        {
            byte[] packed = ArrayPool<byte>.Shared.Rent(BrotliEncoder.GetMaxCompressedLength(records.Length));
            try
            {
                if (BrotliEncoder.TryCompress(records, packed, out int length, Quality, Window) && length < records.Length * 3L / 4)
                {
                    writer.Byte(Brotli);
                    writer.Number(records.Length);
                    writer.Raw(packed.AsSpan(0, length));
                    return;
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(packed);
            }
        }

        writer.Byte(Plain);
        writer.Raw(records);
    }

    /// <exception cref="StoreDamagedException">The bytes are not in a form that is known.</exception>
    public static byte[] Unpack(ReadOnlySpan<byte> packed)
    {
        var reader = new ByteReader(packed);
        switch (reader.Byte())
        {
            case Plain:
                return packed[1..].ToArray();
            case Brotli:
                byte[] records = new byte[reader.Count()];
                if (BrotliDecoder.TryDecompress(packed[reader.Position..], records, out int length) && length == records.Length)
                {
                    return records;
                }

                break;
        }

        throw new StoreDamagedException("A stored chunk cannot be unpacked.");
    }
}
