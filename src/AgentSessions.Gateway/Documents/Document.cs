namespace AgentSessions.Gateway.Documents;

/// <summary>A stored file: one that a user uploaded, or an image that an agent made.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its file name, for people.</param>
/// <param name="MediaType">As it came; what browsers are told is decided when it is served.</param>
/// <param name="Size">In bytes.</param>
/// <param name="At">When it was stored, Unix milliseconds.</param>
internal sealed record Document(string Id, string Name, string MediaType, long Size, long At)
{
    private static readonly string[] _texts = ["application/json", "application/xml", "application/yaml", "application/x-yaml"];

    /// <summary>Of an image, in pixels; 0 where that is not known.</summary>
    public int Width { get; init; }

    /// <summary>Of an image, in pixels; 0 where that is not known.</summary>
    public int Height { get; init; }

    /// <summary>Where it is served.</summary>
    public string Path => $"/api/documents/{Id}/file";

    public bool IsText => MediaType.StartsWith("text/", StringComparison.OrdinalIgnoreCase) || _texts.Contains(MediaType, StringComparer.OrdinalIgnoreCase);
}
