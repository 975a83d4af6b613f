using System.Text;
using System.Text.Json;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Runs.Writing;

/// <summary>Numbers records again, with envelope ids to match and no time before that of the record they follow.</summary>
internal static class RecordShift
{
    /// <summary>The batch behind the records that a stream has.</summary>
    public static RecordBatch Move(RecordBatch batch, StreamBounds stream)
    {
        var builder = new RecordBatchBuilder(stream.Tail, batch.Records.Length + 64);
        Copy(batch, builder, stream.TailTimestamp);
        return builder.Take()!;
    }

    /// <summary>Adds the batch's records at a builder's end.</summary>
    public static void Copy(RecordBatch batch, RecordBatchBuilder target, long earliest)
    {
        foreach (StreamRecord record in batch.Decode())
        {
            long timestamp = Math.Max(record.Timestamp, earliest);
            if (record.Headers.Count > 0)
            {
                target.Add(Encoding.UTF8.GetBytes(record.Body), [.. record.Headers], timestamp);
            }
            else
            {
                using JsonDocument envelope = JsonDocument.Parse(record.Body);
                target.AddChunk(Encoding.UTF8.GetBytes(envelope.RootElement.GetProperty("data"u8).GetRawText()), timestamp);
            }
        }
    }
}
