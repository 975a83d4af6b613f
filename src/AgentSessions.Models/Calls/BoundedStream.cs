namespace AgentSessions.Models.Calls;

/// <summary>An answer's bytes, refused once there are too many in all, or since the last blank line.</summary>
/// <remarks>The SSE parser grows its buffer for as long as a line goes on, so the bound has to sit below it.</remarks>
internal sealed class BoundedStream(Stream inner, long maxBytes, long maxEventBytes, Failures failures) : ReadOnlyStream(inner)
{
    private long _total;
    private long _sinceBlankLine;
    private byte _last;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = await Inner.ReadAsync(buffer, cancellationToken);
        Count(buffer.Span[..count]);
        return count;
    }

    private void Count(ReadOnlySpan<byte> bytes)
    {
        _total += bytes.Length;
        if (_total > maxBytes)
        {
            throw failures.BadResponse($"more than {maxBytes} bytes");
        }

        while (!bytes.IsEmpty)
        {
            int end = bytes.IndexOf((byte)'\n');
            if (end < 0)
            {
                // A line break of a bare CR is not recognised here; such a stream is only bounded sooner.
                _sinceBlankLine += bytes.Length;
                _last = bytes[^1] == '\r' && _last == '\n' && bytes.Length == 1 ? (byte)'\n' : bytes[^1];
                break;
            }

            bool blank = end == 0 ? _last == '\n' : end == 1 && bytes[0] == '\r' && _last == '\n';
            _sinceBlankLine = blank ? 0 : _sinceBlankLine + end + 1;
            _last = (byte)'\n';
            bytes = bytes[(end + 1)..];
        }

        if (_sinceBlankLine > maxEventBytes)
        {
            throw failures.BadResponse($"an event of more than {maxEventBytes} bytes");
        }
    }
}
