using System.Text.Json;

namespace AgentSessions.Protocol.Records;

/// <summary>Decodes the records of a batch, for readers that need more than their bytes.</summary>
public static class RecordBatchExtensions
{
    /// <summary>The records in order.</summary>
    /// <exception cref="InvalidDataException">The bytes are not the wire form of records.</exception>
    public static IEnumerable<StreamRecord> Decode(this RecordBatch batch)
    {
        ReadOnlyMemory<byte> rest = batch.Records;
        while (!rest.IsEmpty)
        {
            int length = RecordBoundary.Length(rest.Span);
            yield return DecodeOne(rest.Span[..length]);
            rest = length == rest.Length ? default : rest[(length + 1)..];
        }
    }

    /// <summary>Consecutive batches of one stream as one; a single batch is answered as it is.</summary>
    /// <param name="batches">At least one.</param>
    /// <exception cref="ArgumentException">They do not follow each other.</exception>
    public static RecordBatch Join(this IReadOnlyList<RecordBatch> batches)
    {
        if (batches.Count == 1)
        {
            return batches[0];
        }

        byte[] bytes = new byte[batches.Sum(batch => batch.Records.Length) + batches.Count - 1];
        int length = 0, count = 0;
        foreach (RecordBatch batch in batches)
        {
            if (batch.First.Value != batches[0].First.Value + count)
            {
                throw new ArgumentException("The batches do not follow each other.", nameof(batches));
            }

            if (length > 0)
            {
                bytes[length++] = (byte)',';
            }

            batch.Records.Span.CopyTo(bytes.AsSpan(length));
            length += batch.Records.Length;
            count += batch.Count;
        }

        return new RecordBatch(batches[0].First, count, batches[^1].Timestamp, bytes);
    }

    private static StreamRecord DecodeOne(ReadOnlySpan<byte> json)
    {
        long sequence = -1, timestamp = 0;
        string body = "";
        IReadOnlyList<RecordHeader> headers = [];
        var reader = new Utf8JsonReader(json);
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("seq_num"u8))
                {
                    reader.Read();
                    sequence = reader.GetInt64();
                }
                else if (reader.ValueTextEquals("timestamp"u8))
                {
                    reader.Read();
                    timestamp = reader.GetInt64();
                }
                else if (reader.ValueTextEquals("body"u8))
                {
                    reader.Read();
                    body = reader.GetString()!;
                }
                else if (reader.ValueTextEquals("headers"u8))
                {
                    reader.Read();
                    headers = DecodeHeaders(ref reader);
                }
                else
                {
                    reader.Skip();
                }
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException("A stored record is not the wire form of a record.", exception);
        }

        return new StreamRecord(sequence, timestamp, body, headers);
    }

    private static List<RecordHeader> DecodeHeaders(ref Utf8JsonReader reader)
    {
        var headers = new List<RecordHeader>();
        while (reader.Read() && reader.TokenType == JsonTokenType.StartArray)
        {
            reader.Read();
            string name = reader.GetString()!;
            reader.Read();
            string value = reader.GetString()!;
            reader.Read();
            headers.Add(new RecordHeader(name, value));
        }

        return headers;
    }
}
