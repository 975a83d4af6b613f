namespace AgentSessions.Agents;

/// <summary>A chunk is larger than a record may be. Nothing of it was written: store the value elsewhere and send its id.</summary>
/// <param name="chunkType">The chunk's wire name, such as <c>tool-output-available</c>.</param>
/// <param name="size">Its size as UTF-8 JSON, in bytes.</param>
/// <param name="max">The most it may be, in bytes.</param>
public sealed class ChunkTooLargeException(string chunkType, long size, long max)
    : AgentUserException($"A {chunkType} chunk of {size} bytes is larger than a record may be ({max} bytes). Store the value elsewhere and send its id.")
{
    /// <summary>The chunk's wire name.</summary>
    public string ChunkType { get; } = chunkType;

    /// <summary>Its size as UTF-8 JSON, in bytes.</summary>
    public long Size { get; } = size;

    /// <summary>The most it may be, in bytes.</summary>
    public long Max { get; } = max;
}
