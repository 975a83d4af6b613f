namespace AgentSessions.Gateway.Documents;

/// <summary>Makes small copies of images.</summary>
internal static class Thumbnail
{
    /// <summary>Images of more pixels are not decoded: a small file can hold a very large picture.</summary>
    private const int MaxPixels = 50_000_000;

    /// <summary>A copy of at most so many pixels in width; null where the original has to do: it is small already, or no plain PNG.</summary>
    public static byte[]? Of(ReadOnlyMemory<byte> image, int maxWidth)
    {
        (int width, int height) = ImageSize.Of(image.Span);
        if (width <= maxWidth || height <= 0 || (long)width * height > MaxPixels || PngPixels.Read(image.Span) is not { } pixels)
        {
            return null;
        }

        return pixels.ShrinkTo(maxWidth).ToPng();
    }
}
