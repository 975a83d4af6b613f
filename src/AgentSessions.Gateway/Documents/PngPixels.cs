using System.Buffers.Binary;
using System.IO.Compression;

namespace AgentSessions.Gateway.Documents;

/// <summary>The pixels of a PNG image with 8 bits a channel, not interlaced: what programs make of screens.</summary>
/// <param name="Width">In pixels.</param>
/// <param name="Height">In pixels.</param>
/// <param name="Channels">1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha.</param>
/// <param name="Bytes">Row by row.</param>
internal sealed record PngPixels(int Width, int Height, int Channels, byte[] Bytes)
{
    private const int SignatureLength = 8;
    private const int ChunkOverhead = 12;

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Decodes an image; null if it is another kind or broken.</summary>
    public static PngPixels? Read(ReadOnlySpan<byte> png)
    {
        if (png.Length < 33 || !png.StartsWith(Signature))
        {
            return null;
        }

        int channels = png[25] switch { 0 => 1, 2 => 3, 4 => 2, 6 => 4, _ => 0 };
        bool isPlain = png[24] == 8 && png[26] == 0 && png[27] == 0 && png[28] == 0;
        if (!isPlain || channels == 0)
        {
            return null;
        }

        int width = BinaryPrimitives.ReadInt32BigEndian(png[16..]), height = BinaryPrimitives.ReadInt32BigEndian(png[20..]);
        using var data = new MemoryStream();
        for (int at = SignatureLength; at + ChunkOverhead <= png.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(png[at..]);
            if (length < 0 || length > png.Length - at - ChunkOverhead)
            {
                return null;
            }

            if (png.Slice(at + 4, 4).SequenceEqual("IDAT"u8))
            {
                data.Write(png.Slice(at + 8, length));
            }

            at += ChunkOverhead + length;
        }

        data.Position = 0;
        byte[] pixels = new byte[width * height * channels];
        try
        {
            return Unfilter(data, pixels, width * channels, channels) ? new PngPixels(width, height, channels, pixels) : null;
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            return null;
        }
    }

    /// <summary>A copy of another width, each pixel the mean of those it stands for.</summary>
    public PngPixels ShrinkTo(int width)
    {
        int height = Math.Max(1, (int)((long)Height * width / Width));
        byte[] small = new byte[width * height * Channels];
        for (int y = 0; y < height; y++)
        {
            int top = (int)((long)y * Height / height), bottom = Math.Max(top + 1, (int)((y + 1L) * Height / height));
            for (int x = 0; x < width; x++)
            {
                int left = (int)((long)x * Width / width), right = Math.Max(left + 1, (int)((x + 1L) * Width / width));
                for (int channel = 0; channel < Channels; channel++)
                {
                    small[(((y * width) + x) * Channels) + channel] = Mean(left, right, top, bottom, channel);
                }
            }
        }

        return new PngPixels(width, height, Channels, small);
    }

    /// <summary>Encodes the pixels.</summary>
    public byte[] ToPng()
    {
        using var png = new MemoryStream();
        png.Write(Signature);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), Height);
        header[8] = 8;
        header[9] = Channels switch { 1 => 0, 2 => 4, 3 => 2, _ => 6 };
        PngChunk.Write(png, "IHDR"u8, header);
        using var data = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionLevel.Fastest, leaveOpen: true))
        {
            int stride = Width * Channels;
            for (int y = 0; y < Height; y++)
            {
                zlib.WriteByte(0);
                zlib.Write(Bytes, y * stride, stride);
            }
        }

        PngChunk.Write(png, "IDAT"u8, data.ToArray());
        PngChunk.Write(png, "IEND"u8, []);
        return png.ToArray();
    }

    private byte Mean(int left, int right, int top, int bottom, int channel)
    {
        long sum = 0;
        for (int y = top; y < bottom; y++)
        {
            for (int x = left; x < right; x++)
            {
                sum += Bytes[(((y * Width) + x) * Channels) + channel];
            }
        }

        return (byte)(sum / ((right - left) * (long)(bottom - top)));
    }

    /// <summary>Undoes the filters that rows were made smaller with: each byte was stored as its difference to neighbours.</summary>
    private static bool Unfilter(Stream compressed, byte[] pixels, int stride, int channels)
    {
        using var rows = new ZLibStream(compressed, CompressionMode.Decompress);
        for (int start = 0; start < pixels.Length; start += stride)
        {
            int filter = rows.ReadByte();
            rows.ReadExactly(pixels, start, stride);
            if (filter is < 0 or > 4)
            {
                return false;
            }

            for (int i = 0; filter > 0 && i < stride; i++)
            {
                int left = i >= channels ? pixels[start + i - channels] : 0;
                int up = start > 0 ? pixels[start + i - stride] : 0;
                int corner = start > 0 && i >= channels ? pixels[start + i - stride - channels] : 0;
                pixels[start + i] += (byte)(filter switch { 1 => left, 2 => up, 3 => (left + up) / 2, _ => Paeth(left, up, corner) });
            }
        }

        return true;
    }

    private static int Paeth(int left, int up, int corner)
    {
        int guess = left + up - corner;
        int toLeft = Math.Abs(guess - left), toUp = Math.Abs(guess - up), toCorner = Math.Abs(guess - corner);
        return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
    }
}
