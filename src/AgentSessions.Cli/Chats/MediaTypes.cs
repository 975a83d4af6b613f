namespace AgentSessions.Cli.Chats;

/// <summary>What is in a file, by its name.</summary>
internal static class MediaTypes
{
    private static readonly Dictionary<string, string> _types = new(StringComparer.OrdinalIgnoreCase)
    {
        [".png"] = "image/png",
        [".jpg"] = "image/jpeg",
        [".jpeg"] = "image/jpeg",
        [".gif"] = "image/gif",
        [".webp"] = "image/webp",
        [".svg"] = "image/svg+xml",
        [".pdf"] = "application/pdf",
        [".json"] = "application/json",
        [".csv"] = "text/csv",
        [".md"] = "text/markdown",
        [".html"] = "text/html",
        [".txt"] = "text/plain",
        [".log"] = "text/plain",
        [".mp3"] = "audio/mpeg",
        [".wav"] = "audio/wav",
    };

    /// <summary>The media type; <c>application/octet-stream</c> for what is not known.</summary>
    public static string Of(string fileName) => _types.GetValueOrDefault(Path.GetExtension(fileName), "application/octet-stream");
}
