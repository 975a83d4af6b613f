using System.Text;
using System.Text.Json;
using AgentSessions.Protocol.Errors;

namespace AgentSessions.Core.Archives;

/// <summary>Reads lines and counts them.</summary>
/// <param name="source">The archive.</param>
/// <param name="admit">Called with the bytes of each line before it is used; refuses by throwing.</param>
internal sealed class ArchiveReader(TextReader source, Func<long, CancellationToken, ValueTask>? admit)
{
    /// <summary>Lines read so far.</summary>
    public long Lines { get; private set; }

    /// <summary>The next line; null at the end of the text. Empty lines are skipped.</summary>
    /// <exception cref="SessionException"><see cref="SessionErrorCode.InvalidRequest"/>: this is no line of an archive.</exception>
    public async ValueTask<ArchiveLine?> NextAsync(CancellationToken cancellationToken)
    {
        string? text;
        do
        {
            text = await source.ReadLineAsync(cancellationToken);
        }
        while (text is { Length: 0 });

        if (text is null)
        {
            return null;
        }

        Lines++;
        if (admit is not null)
        {
            await admit(Encoding.UTF8.GetByteCount(text), cancellationToken);
        }

        try
        {
            return JsonSerializer.Deserialize<ArchiveLine>(text, ArchiveLine.Json) ?? throw Malformed("is empty");
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException)
        {
            throw Malformed("is no line of an archive");
        }
    }

    /// <summary>A refusal that names the line.</summary>
    public SessionException Malformed(string what) => new(SessionErrorCode.InvalidRequest, $"Line {Lines} {what}");
}
