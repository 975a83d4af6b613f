using System.Buffers.Text;
using AgentSessions.Load.Wire;

namespace AgentSessions.Load.Checks;

/// <summary>Follows one reader's <c>out</c> stream: every sequence number, every numbered delta, every end of a turn.</summary>
internal sealed class StreamCheck(IStreamListener listener) : IRecordSink
{
    private readonly OrderCheck _sequence = new();
    private readonly OrderCheck _deltas = new();
    private bool _started;
    private bool _failed;
    private int _expected;

    /// <summary>Deltas received.</summary>
    public long Chunks { get; private set; }

    /// <summary>Faults of the sequence numbers, which the protocol never skips, and of the deltas within their turns.</summary>
    /// <remarks>
    /// A fault of the stream shows in both; the larger of the two is what a user would notice. An answer that begins anew, because its run died,
    /// numbers its deltas anew, and one that ends with an error owes no more of them: that is an error, and no fault of the order.
    /// </remarks>
    public OrderFaults Faults => new(
        Math.Max(_sequence.Faults.Lost, _deltas.Faults.Lost),
        Math.Max(_sequence.Faults.Repeated, _deltas.Faults.Repeated),
        Math.Max(_sequence.Faults.Reordered, _deltas.Faults.Reordered));

    /// <summary>The last sequence number seen, or null before the first record.</summary>
    public long? LastSequence => _started && _sequence.Next > 0 ? _sequence.Next - 1 : null;

    /// <summary>Body bytes dealt with.</summary>
    public long Bytes { get; private set; }

    /// <summary>The sequence number that comes next, for a reader that starts in the middle, before a turn.</summary>
    public void StartAt(long sequence)
    {
        _sequence.StartAt(sequence);
        _deltas.StartAt(0);
        _started = true;
    }

    /// <summary>How many deltas each turn that begins from here on has.</summary>
    public void Expect(int chunksPerTurn) => _expected = chunksPerTurn;

    /// <summary>Reads a response body to its end.</summary>
    public async Task ReadAsync(HttpConnection connection)
    {
        BatchScanner scanner = new(this);
        do
        {
            int taken = scanner.Scan(connection.Body);
            Bytes += taken;
            connection.Release(taken);
        }
        while (await connection.ReadMoreAsync().ConfigureAwait(false));
    }

    public void OnRecord(ReadOnlySpan<byte> record)
    {
        _started = true;
        if (!Utf8Parser.TryParse(record["{\"seq_num\":".Length..], out long sequence, out _))
        {
            OnMalformed();
            return;
        }

        _sequence.See(sequence);
        int mark = record.IndexOf((byte)'~');
        if (mark < 0)
        {
            OnOtherRecord(record);
            return;
        }

        // One record holds one delta as a rule, but nothing forbids a server to put several into one.
        for (ReadOnlySpan<byte> rest = record[mark..]; TryReadDelta(ref rest, out int index);)
        {
            Chunks++;
            _deltas.See(index);
            if (index == 0)
            {
                listener.OnFirstChunk(sequence);
            }
        }
    }

    public void OnEnd() => listener.OnWindowEnd();

    public void OnStreamError() => listener.OnError("stream error event");

    public void OnMalformed() => listener.OnError("stream malformed");

    private void OnOtherRecord(ReadOnlySpan<byte> record)
    {
        if (record.IndexOf("[\"trigger-control\",\"turn-complete\"]"u8) >= 0)
        {
            if (!_failed)
            {
                _deltas.EndAt(_expected);
            }

            _failed = false;
            _deltas.StartAt(0);
            listener.OnTurnComplete();
        }
        else if (record.IndexOf("errorText"u8) >= 0)
        {
            _failed = true;
            listener.OnError("error chunk");
        }
        else if (record.IndexOf("\\\"type\\\":\\\"start\\\""u8) >= 0)
        {
            _failed = false;
            _deltas.StartAt(0);
        }
    }

    /// <summary>Reads <c>~</c>, six digits, <c>~</c> at or after the first mark.</summary>
    private static bool TryReadDelta(ref ReadOnlySpan<byte> rest, out int index)
    {
        index = 0;
        while (true)
        {
            int mark = rest.IndexOf((byte)'~');
            if (mark < 0 || rest.Length < mark + 8)
            {
                return false;
            }

            rest = rest[(mark + 1)..];
            if (rest[6] == '~' && Utf8Parser.TryParse(rest[..6], out index, out int digits) && digits == 6)
            {
                rest = rest[7..];
                return true;
            }
        }
    }
}
