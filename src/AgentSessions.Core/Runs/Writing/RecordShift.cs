using System.Text;
using System.Text.Json;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Runs.Writing;

/// <summary>Numbers records again, with envelope ids to match.</summary>
internal static class RecordShift
{
    public static RecordBatch Move(RecordBatch batch, Cursor tail)
    {
        var builder = new RecordBatchBuilder(tail, batch.Records.Length + 64);
        Copy(batch, builder);
        return builder.Take()!;
    }

    public static void Copy(RecordBatch batch, RecordBatchBuilder target)
    {
        foreach (StreamRecord record in batch.Decode())
        {
            if (record.Headers.Count > 0)
            {
                target.Add(Encoding.UTF8.GetBytes(record.Body), [.. record.Headers], record.Timestamp);
            }
            else
            {
                using JsonDocument envelope = JsonDocument.Parse(record.Body);
                target.AddChunk(Encoding.UTF8.GetBytes(envelope.RootElement.GetProperty("data"u8).GetRawText()), record.Timestamp);
            }
        }
    }
}
