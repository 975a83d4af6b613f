using System.Text;
using System.Text.Json;
using AgentSessions.Core.Sessions;
using AgentSessions.Protocol.Errors;

namespace AgentSessions.Core.Archives;

/// <summary>Reads lines and counts them.</summary>
/// <param name="source">The archive.</param>
/// <param name="admit">Called with the bytes of each line before it is used; refuses by throwing.</param>
internal sealed class ArchiveReader(TextReader source, Func<long, CancellationToken, ValueTask>? admit)
{
    /// <summary>The serializer's own.</summary>
    private const int MaxDepth = 64;

    /// <summary>Lines read so far.</summary>
    public long Lines { get; private set; }

    /// <summary>The next line; null at the end of the text. Empty lines are skipped.</summary>
    /// <exception cref="SessionException"><see cref="SessionErrorCode.InvalidRequest"/>: this is no line of an archive.</exception>
    public async ValueTask<ArchiveLine?> NextAsync(CancellationToken cancellationToken)
    {
        string? text;
        do
        {
            text = await ReadLineAsync(cancellationToken);
        }
        while (text is { Length: 0 });

        if (text is null)
        {
            return null;
        }

        Lines++;
        byte[] line = Encoding.UTF8.GetBytes(text);
        if (admit is not null)
        {
            await admit(line.Length, cancellationToken);
        }

        try
        {
            return JsonCharacters.AreWhole(line, MaxDepth)
                ? JsonSerializer.Deserialize<ArchiveLine>(line, ArchiveLine.Json) ?? throw Malformed("is empty")
                : throw Malformed("holds text that is not valid Unicode");
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException)
        {
            throw Malformed("is no line of an archive");
        }
    }

    /// <summary>A refusal that names the line.</summary>
    public SessionException Malformed(string what) => new(SessionErrorCode.InvalidRequest, $"Line {Lines} {what}");

    private async ValueTask<string?> ReadLineAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await source.ReadLineAsync(cancellationToken);
        }
        catch (DecoderFallbackException)
        {
            // It reads ahead, so which line it is nobody knows.
            throw new SessionException(SessionErrorCode.InvalidRequest, "The archive holds text that is not valid Unicode");
        }
    }
}
