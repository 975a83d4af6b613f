using System.Buffers.Binary;
using System.IO.Compression;

namespace AgentSessions.Gateway.Tests.Stagent;

/// <summary>Makes pictures. Their checksums are left out: readers of sizes and pixels do not need them.</summary>
internal static class TestPng
{
    /// <summary>A grey picture in true colour.</summary>
    public static byte[] Of(int width, int height)
    {
        using var png = new MemoryStream();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8;
        header[9] = 2;
        Write(png, "IHDR"u8, header);
        Write(png, "IDAT"u8, Rows(width, height));
        Write(png, "IEND"u8, []);
        return png.ToArray();
    }

    private static byte[] Rows(int width, int height)
    {
        using var data = new MemoryStream();
        using (var rows = new ZLibStream(data, CompressionLevel.Fastest))
        {
            byte[] row = new byte[1 + (width * 3)];
            row.AsSpan(1).Fill(128);
            for (int y = 0; y < height; y++)
            {
                rows.Write(row);
            }
        }

        return data.ToArray();
    }

    private static void Write(MemoryStream png, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        png.Write(type);
        png.Write(data);
        png.Write([0, 0, 0, 0]);
    }
}
