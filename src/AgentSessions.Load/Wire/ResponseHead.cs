using System.Buffers.Text;
using System.Text;

namespace AgentSessions.Load.Wire;

/// <summary>The part of an HTTP/1.1 response head that decides how its body is read.</summary>
/// <param name="Status">Status code.</param>
/// <param name="ContentLength">Body length, or -1 when the head does not say.</param>
/// <param name="Chunked">Whether the body comes in chunks.</param>
/// <param name="KeepAlive">Whether the connection may carry another request.</param>
/// <param name="RetryAfter">When a refused request may be sent again, where the head says so in seconds.</param>
internal readonly record struct ResponseHead(int Status, long ContentLength, bool Chunked, bool KeepAlive, TimeSpan? RetryAfter = null)
{
    /// <summary>Reads a whole head.</summary>
    /// <param name="bytes">Everything up to and including the empty line.</param>
    /// <exception cref="InvalidDataException">Not an HTTP/1.1 response.</exception>
    public static ResponseHead Parse(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.StartsWith("HTTP/1.1 "u8) || !Utf8Parser.TryParse(bytes.Slice(9, 3), out int status, out _))
        {
            throw new InvalidDataException("The server did not answer with HTTP/1.1.");
        }

        long length = status is 204 or 304 ? 0 : -1;
        bool chunked = false, keepAlive = true;
        TimeSpan? retryAfter = null;
        foreach (Range range in bytes.Split("\r\n"u8))
        {
            ReadOnlySpan<byte> line = bytes[range];
            int colon = line.IndexOf((byte)':');
            if (colon <= 0)
            {
                continue;
            }

            ReadOnlySpan<byte> name = line[..colon], value = line[(colon + 1)..].Trim((byte)' ');
            if (Ascii.EqualsIgnoreCase(name, "content-length"u8) && Utf8Parser.TryParse(value, out long stated, out _))
            {
                length = stated;
            }
            else if (Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8))
            {
                chunked = Ascii.EqualsIgnoreCase(value, "chunked"u8);
            }
            else if (Ascii.EqualsIgnoreCase(name, "connection"u8))
            {
                keepAlive = !Ascii.EqualsIgnoreCase(value, "close"u8);
            }
            else if (Ascii.EqualsIgnoreCase(name, "retry-after"u8) && Utf8Parser.TryParse(value, out int seconds, out _))
            {
                retryAfter = TimeSpan.FromSeconds(seconds);
            }
        }

        return new ResponseHead(status, length, chunked, keepAlive && (chunked || length >= 0), retryAfter);
    }
}
