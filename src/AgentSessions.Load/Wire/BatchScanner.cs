namespace AgentSessions.Load.Wire;

/// <summary>Cuts the body of an <c>out</c> stream into records without parsing their JSON.</summary>
/// <remarks>
/// A quote inside a JSON string is escaped, so the bytes <c>{"seq_num":</c> can only be the start of a record or the batch's
/// tail. Finding them is a vectorised search, which lets one core take several million records a second. It relies on
/// <c>seq_num</c> being the first key of each record; a batch that begins otherwise is reported as malformed.
/// </remarks>
internal sealed class BatchScanner(IRecordSink sink)
{
    private bool _inBatch;
    private bool _errorEvent;

    private static ReadOnlySpan<byte> BatchStart => "data: {\"records\":["u8;

    private static ReadOnlySpan<byte> RecordStart => "{\"seq_num\":"u8;

    /// <summary>Reports every record and event that is complete.</summary>
    /// <returns>How many leading bytes are dealt with; the caller presents the rest again, with more behind it.</returns>
    public int Scan(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        while (true)
        {
            int taken = _inBatch ? ScanBatch(bytes[at..]) : ScanLine(bytes[at..]);
            if (taken == 0)
            {
                return at;
            }

            at += taken;
        }
    }

    private int ScanLine(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith(BatchStart))
        {
            _inBatch = true;
            return BatchStart.Length;
        }

        int end = bytes.IndexOf((byte)'\n');
        if (end < 0)
        {
            return 0;
        }

        OnLine(bytes[..end].TrimEnd((byte)'\r'));
        return end + 1;
    }

    private void OnLine(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty)
        {
            _errorEvent = false;
        }
        else if (line.SequenceEqual("event: error"u8))
        {
            _errorEvent = true;
        }
        else if (line.SequenceEqual("data: [DONE]"u8))
        {
            sink.OnEnd();
        }
        else if (_errorEvent && line.StartsWith("data:"u8))
        {
            sink.OnStreamError();
        }
    }

    private int ScanBatch(ReadOnlySpan<byte> bytes)
    {
        int lineEnd = bytes.IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = lineEnd < 0 ? bytes : bytes[..lineEnd];
        int at = 0;
        while (at < line.Length && line[at] != ']')
        {
            ReadOnlySpan<byte> rest = line[at..];
            if (rest.Length >= RecordStart.Length && !rest.StartsWith(RecordStart))
            {
                sink.OnMalformed();
                return LeaveBatch(lineEnd, at);
            }

            int next = rest.Length > RecordStart.Length ? rest[RecordStart.Length..].IndexOf(RecordStart) : -1;
            if (next < 0 && lineEnd < 0)
            {
                return at; // The record may go on in bytes still to come.
            }

            int length = next < 0 ? rest.Length : next + RecordStart.Length;
            sink.OnRecord(rest[..length]);
            at += length;
            if (next >= 0 && rest[length - 1] == ':')
            {
                return LeaveBatch(lineEnd, at); // That was the batch's tail, not a record.
            }
        }

        return lineEnd < 0 && at == line.Length ? at : LeaveBatch(lineEnd, at);
    }

    /// <summary>What is left of the line is skipped: here, or as an unknown line once its end has come.</summary>
    private int LeaveBatch(int lineEnd, int at)
    {
        _inBatch = false;
        return lineEnd < 0 ? at : lineEnd + 1;
    }
}
