using AgentSessions.Core.Sessions;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Gateway.Native.Sink;

/// <summary>The sink's messages in protocol buffers (wire document, section 11).</summary>
internal static class SinkProto
{
    /// <summary>Reads an <c>AppendInput</c>.</summary>
    /// <exception cref="InvalidDataException">The bytes are none.</exception>
    public static SinkInput ReadInput(ReadOnlySpan<byte> message)
    {
        var records = new List<NewRecord>();
        Cursor? expectedTail = null;
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    records.Add(ReadRecord(reader.Bytes));
                    break;
                case 2:
                    expectedTail = new Cursor(reader.Number <= long.MaxValue ? (long)reader.Number : long.MaxValue);
                    break;
            }
        }

        return new SinkInput(records, expectedTail);
    }

    /// <summary>Writes an <c>AppendAck</c>.</summary>
    public static byte[] WriteAck(SinkAck ack)
    {
        var message = new MemoryStream(64);
        WriteAck(message, 1, ack.Start, ack.Timestamp);
        WriteAck(message, 2, ack.End, ack.Timestamp);
        WriteAck(message, 3, ack.End, ack.Timestamp);
        return message.ToArray();
    }

    private static NewRecord ReadRecord(ReadOnlySpan<byte> message)
    {
        var headers = new List<RecordHeader>();
        byte[] body = [];
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2:
                    headers.Add(ReadHeader(reader.Bytes));
                    break;
                case 3:
                    body = reader.Bytes.ToArray();
                    break;
            }
        }

        return SinkInput.Record(body, headers);
    }

    private static RecordHeader ReadHeader(ReadOnlySpan<byte> message)
    {
        string name = "", value = "";
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    name = SinkInput.Text(reader.Bytes);
                    break;
                case 2:
                    value = SinkInput.Text(reader.Bytes);
                    break;
            }
        }

        return new RecordHeader(name, value);
    }

    /// <summary>One <c>StreamPosition</c>. Zeros are left out, as the format has it.</summary>
    private static void WriteAck(MemoryStream message, int field, Cursor place, long timestamp)
    {
        var position = new MemoryStream(24);
        WriteNumber(position, 1, (ulong)place.Value);
        WriteNumber(position, 2, (ulong)timestamp);
        message.WriteByte((byte)((field << 3) | 2));
        message.WriteByte((byte)position.Length);
        position.WriteTo(message);
    }

    private static void WriteNumber(MemoryStream message, int field, ulong value)
    {
        if (value == 0)
        {
            return;
        }

        message.WriteByte((byte)(field << 3));
        while (value >= 0x80)
        {
            message.WriteByte((byte)(value | 0x80));
            value >>= 7;
        }

        message.WriteByte((byte)value);
    }
}
