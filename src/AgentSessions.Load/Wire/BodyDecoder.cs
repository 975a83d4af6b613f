namespace AgentSessions.Load.Wire;

/// <summary>Takes the transfer framing off a response body, in place and in pieces of any size.</summary>
internal struct BodyDecoder
{
    private readonly bool _chunked;
    private DecoderState _state;
    private long _remaining;

    public BodyDecoder(ResponseHead head)
    {
        _chunked = head.Chunked;
        _remaining = head.Chunked ? 0 : head.ContentLength;
        _state = head.Chunked ? DecoderState.Size : _remaining == 0 ? DecoderState.Done : DecoderState.Data;
    }

    private enum DecoderState : byte
    {
        Size,
        SizeRest,
        Data,
        DataEnd,
        TrailerStart,
        Trailer,
        Done,
    }

    /// <summary>Whether the body has ended.</summary>
    public readonly bool Done => _state == DecoderState.Done;

    /// <summary>Whether a closed connection is a proper end: only where nothing says how long the body is.</summary>
    public readonly bool EndsWithConnection => !_chunked && _remaining < 0;

    /// <summary>Moves the body bytes of <paramref name="raw"/> to its front.</summary>
    /// <returns>How many body bytes there are.</returns>
    /// <exception cref="InvalidDataException">A chunk size is not hexadecimal.</exception>
    public int Decode(Span<byte> raw)
    {
        int read = 0, written = 0;
        while (read < raw.Length && _state != DecoderState.Done)
        {
            if (_state == DecoderState.Data)
            {
                int take = _remaining < 0 ? raw.Length - read : (int)Math.Min(_remaining, raw.Length - read);
                if (written != read)
                {
                    raw.Slice(read, take).CopyTo(raw[written..]);
                }

                read += take;
                written += take;
                EndData(take);
            }
            else
            {
                Frame(raw[read++]);
            }
        }

        return written;
    }

    private void EndData(int taken)
    {
        if (_remaining < 0)
        {
            return;
        }

        _remaining -= taken;
        if (_remaining == 0)
        {
            _state = _chunked ? DecoderState.DataEnd : DecoderState.Done;
        }
    }

    private void Frame(byte next)
    {
        switch (_state)
        {
            case DecoderState.Size when next == '\r':
            case DecoderState.SizeRest when next != '\n':
                break;
            case DecoderState.Size when next == ';':
                _state = DecoderState.SizeRest;
                break;
            case DecoderState.Size when next == '\n':
            case DecoderState.SizeRest:
                _state = _remaining == 0 ? DecoderState.TrailerStart : DecoderState.Data;
                break;
            case DecoderState.Size:
                _remaining = (_remaining * 16) + HexValue(next);
                break;
            case DecoderState.DataEnd:
                _state = next == '\n' ? DecoderState.Size : DecoderState.DataEnd;
                break;
            case DecoderState.TrailerStart:
                _state = next == '\n' ? DecoderState.Done : next == '\r' ? DecoderState.TrailerStart : DecoderState.Trailer;
                break;
            case DecoderState.Trailer:
                _state = next == '\n' ? DecoderState.TrailerStart : DecoderState.Trailer;
                break;
        }
    }

    private static int HexValue(byte digit) => digit switch
    {
        >= (byte)'0' and <= (byte)'9' => digit - '0',
        >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => digit - 'A' + 10,
        _ => throw new InvalidDataException("A chunk size on the wire is not a number."),
    };
}
