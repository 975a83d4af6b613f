namespace AgentSessions.Gateway.Documents;

/// <summary>Makes small copies of images.</summary>
internal static class Thumbnail
{
    /// <summary>Images of more pixels than the largest screens have are not decoded: a small file can hold a very large picture.</summary>
    private const int MaxPixels = 20_000_000;

    /// <summary>One at a time: each takes as much memory as its pixels do.</summary>
    private static readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>A copy of at most so many pixels in width; null where the original has to do: it is small already, or no plain PNG.</summary>
    public static async ValueTask<byte[]?> MakeAsync(ReadOnlyMemory<byte> image, int maxWidth, CancellationToken cancellationToken)
    {
        (int width, int height) = ImageSize.Of(image.Span);
        if (width <= maxWidth || height <= 0 || (long)width * height > MaxPixels)
        {
            return null;
        }

        await _turn.WaitAsync(cancellationToken);
        try
        {
            return PngPixels.Read(image.Span)?.ShrinkTo(maxWidth).ToPng();
        }
        finally
        {
            _turn.Release();
        }
    }
}
