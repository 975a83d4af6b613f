using System.Text;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Protocol.Tests.Records;

public sealed class StoredRecordBatchTests
{
    [Fact]
    public void Wrap_ReadsCountAndTimeFromTheBytes()
    {
        RecordBatch batch = Batch(98, 5);
        RecordBatch wrapped = RecordBatch.Wrap(batch.First, batch.Records);
        Assert.Equal((batch.Count, batch.Timestamp), (wrapped.Count, wrapped.Timestamp));
        Assert.Throws<InvalidDataException>(() => RecordBatch.Wrap(new Cursor(200), batch.Records));
        Assert.Throws<InvalidDataException>(() => RecordBatch.Wrap(batch.First, "{}"u8.ToArray()));
    }

    [Fact]
    public void Within_AnyLimit_GivesTheMostRecordsThatFitAndAtLeastOne()
    {
        RecordBatch batch = Batch(98, 5);
        int[] lengths = [.. Enumerable.Range(1, 5).Select(count => Batch(98, count).Records.Length)];
        for (int limit = 0; limit <= batch.Records.Length + 1; limit++)
        {
            int expected = Math.Max(1, lengths.Count(length => length <= limit));
            RecordBatch within = batch.Within(limit);
            Assert.Equal(expected, within.Count);
            Assert.Equal(Batch(98, expected).Timestamp, within.Timestamp);
            Assert.True(within.Records.Span.SequenceEqual(Batch(98, expected).Records.Span));
        }
    }

    [Fact]
    public void Join_OfConsecutiveBatches_IsTheWholeBatch()
    {
        RecordBatch whole = Batch(98, 5);
        RecordBatch joined = new[] { Batch(98, 2), Batch(100, 3) }.Join();
        Assert.Equal((whole.First, whole.Count, whole.Timestamp), (joined.First, joined.Count, joined.Timestamp));
        Assert.True(joined.Records.Span.SequenceEqual(whole.Records.Span));
        Assert.Throws<ArgumentException>(() => new[] { Batch(98, 2), Batch(101, 1) }.Join());
    }

    private static RecordBatch Batch(long first, int count)
    {
        var builder = new RecordBatchBuilder(new Cursor(first));
        for (long i = first; i < first + count; i++)
        {
            builder.AddText(Encoding.UTF8.GetBytes($"{{\"seq_num\":{i},\"é\n"), "part", 1000 + i);
        }

        return builder.Take()!;
    }
}
