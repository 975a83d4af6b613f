namespace AgentSessions.Load.Wire;

/// <summary>Takes the transfer framing off a response body, in place and in pieces of any size.</summary>
internal struct BodyDecoder
{
    private readonly bool _chunked;
    private State _state;
    private long _remaining;

    public BodyDecoder(ResponseHead head)
    {
        _chunked = head.Chunked;
        _remaining = head.Chunked ? 0 : head.ContentLength;
        _state = head.Chunked ? State.Size : _remaining == 0 ? State.Done : State.Data;
    }

    private enum State : byte
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
    public readonly bool Done => _state == State.Done;

    /// <summary>Whether a closed connection is a proper end: only where nothing says how long the body is.</summary>
    public readonly bool EndsWithConnection => !_chunked && _remaining < 0;

    /// <summary>Moves the body bytes of <paramref name="raw"/> to its front.</summary>
    /// <returns>How many body bytes there are.</returns>
    /// <exception cref="InvalidDataException">A chunk size is not hexadecimal.</exception>
    public int Decode(Span<byte> raw)
    {
        int read = 0, written = 0;
        while (read < raw.Length && _state != State.Done)
        {
            if (_state == State.Data)
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
            _state = _chunked ? State.DataEnd : State.Done;
        }
    }

    private void Frame(byte next)
    {
        switch (_state)
        {
            case State.Size when next == '\r':
            case State.SizeRest when next != '\n':
                break;
            case State.Size when next == ';':
                _state = State.SizeRest;
                break;
            case State.Size when next == '\n':
            case State.SizeRest:
                _state = _remaining == 0 ? State.TrailerStart : State.Data;
                break;
            case State.Size:
                _remaining = (_remaining * 16) + HexValue(next);
                break;
            case State.DataEnd:
                _state = next == '\n' ? State.Size : State.DataEnd;
                break;
            case State.TrailerStart:
                _state = next == '\n' ? State.Done : next == '\r' ? State.TrailerStart : State.Trailer;
                break;
            case State.Trailer:
                _state = next == '\n' ? State.TrailerStart : State.Trailer;
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
