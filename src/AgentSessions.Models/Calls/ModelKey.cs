namespace AgentSessions.Models.Calls;

/// <summary>A provider's key. It never appears in <see cref="ToString"/>; only <see cref="Read"/> hands it out.</summary>
internal sealed class ModelKey
{
    // Shorter values are placeholders such as "none", and cutting those out of texts would garble them.
    private const int ShortestSecret = 8;
    private readonly Func<string?> _read;

    private ModelKey(Func<string?> read) => _read = read;

    public static ModelKey None { get; } = new(() => null);

    public static ModelKey FromValue(string value) => new(() => value);

    /// <summary>A key in a file, read again for each call, so that a rotated secret needs no restart.</summary>
    public static ModelKey FromFile(string path) => new(() => File.ReadAllText(path).Trim());

    public string? Read() => _read() is { Length: > 0 } value ? value : null;

    /// <summary>The text with the key cut out.</summary>
    public string Redact(string text)
    {
        try
        {
            return Read() is { Length: >= ShortestSecret } value ? text.Replace(value, "[key]", StringComparison.Ordinal) : text;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return text;
        }
    }

    public override string ToString() => "[key]";
}
