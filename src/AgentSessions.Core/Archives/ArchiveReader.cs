using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Unicode;
using AgentSessions.Core.Sessions;
using AgentSessions.Protocol.Errors;

namespace AgentSessions.Core.Archives;

/// <summary>Reads lines and counts them.</summary>
/// <param name="source">The archive.</param>
/// <param name="maxLineBytes">A longer line is refused before more of it is read.</param>
/// <param name="admit">Called with the bytes of each line before it is used; refuses by throwing.</param>
internal sealed class ArchiveReader(PipeReader source, int maxLineBytes, Func<long, CancellationToken, ValueTask>? admit)
{
    /// <summary>The serializer's own.</summary>
    private const int MaxDepth = 64;

    private const int KeptBytes = 1 << 20;

    private ArrayBufferWriter<byte> _line = new();

    /// <summary>Lines read so far.</summary>
    public long Lines { get; private set; }

    /// <summary>The next line; null at the end of the text. Empty lines are skipped.</summary>
    /// <exception cref="SessionException"><see cref="SessionErrorCode.InvalidRequest"/>: this is no line of an archive.</exception>
    public async ValueTask<ArchiveLine?> NextAsync(CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> line;
        do
        {
            if (!await ReadLineAsync(cancellationToken))
            {
                return null;
            }

            line = Text();
        }
        while (line.IsEmpty);

        Lines++;
        if (admit is not null)
        {
            await admit(line.Length, cancellationToken);
        }

        try
        {
            return Utf8.IsValid(line.Span) && JsonCharacters.AreWhole(line.Span, MaxDepth)
                ? JsonSerializer.Deserialize<ArchiveLine>(line.Span, ArchiveLine.Json) ?? throw Malformed("is empty")
                : throw Malformed("holds text that is not valid Unicode");
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException)
        {
            throw Malformed("is no line of an archive");
        }
    }

    /// <summary>A refusal that names the line.</summary>
    public SessionException Malformed(string what) => new(SessionErrorCode.InvalidRequest, $"Line {Lines} {what}");

    /// <summary>What was read, without what some editors put before a text and at the end of a line.</summary>
    private ReadOnlyMemory<byte> Text()
    {
        ReadOnlyMemory<byte> text = _line.WrittenMemory;
        if (Lines == 0 && text.Span.StartsWith("\uFEFF"u8))
        {
            text = text["\uFEFF"u8.Length..];
        }

        return text.Span.EndsWith("\r"u8) ? text[..^1] : text;
    }

    /// <returns>False at the end of the archive.</returns>
    private async ValueTask<bool> ReadLineAsync(CancellationToken cancellationToken)
    {
        if (_line.Capacity > KeptBytes)
        {
            _line = new ArrayBufferWriter<byte>();
        }

        _line.ResetWrittenCount();
        while (true)
        {
            ReadResult read = await source.ReadAsync(cancellationToken);
            ReadOnlySequence<byte> rest = _line.WrittenCount == 0 ? WithoutLineEnds(read.Buffer) : read.Buffer;
            SequencePosition? end = rest.PositionOf((byte)'\n');
            ReadOnlySequence<byte> text = end is { } place ? rest.Slice(0, place) : rest;
            if (_line.WrittenCount + text.Length > maxLineBytes)
            {
                source.AdvanceTo(read.Buffer.Start);
                Lines++;
                throw Malformed($"is longer than {maxLineBytes} bytes");
            }

            foreach (ReadOnlyMemory<byte> part in text)
            {
                _line.Write(part.Span);
            }

            source.AdvanceTo(end is { } last ? read.Buffer.GetPosition(1, last) : read.Buffer.End);
            if (end is not null || read.IsCompleted)
            {
                return end is not null || _line.WrittenCount > 0;
            }
        }
    }

    /// <summary>Empty lines are passed over together: an archive may be nothing but them.</summary>
    private static ReadOnlySequence<byte> WithoutLineEnds(ReadOnlySequence<byte> text)
    {
        var reader = new SequenceReader<byte>(text);
        reader.AdvancePastAny((byte)'\r', (byte)'\n');
        return reader.UnreadSequence;
    }
}
