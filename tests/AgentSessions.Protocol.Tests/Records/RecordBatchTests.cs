using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;
using FsCheck;
using FsCheck.Fluent;

namespace AgentSessions.Protocol.Tests.Records;

public sealed class RecordBatchTests
{
    private const long Time = 1795248140825;

    [Fact]
    public void AddChunk_WritesTheWireForm()
    {
        var builder = new RecordBatchBuilder(new Cursor(5));
        builder.AddChunk("""{"type":"text-delta","id":"t0","delta":"hi"}"""u8, Time);

        Assert.Equal(
            """{"seq_num":5,"timestamp":1795248140825,"body":"{\"data\":{\"type\":\"text-delta\",\"id\":\"t0\",\"delta\":\"hi\"},\"id\":\"5\"}"}""",
            Text(builder.Take()!));
    }

    [Fact]
    public void TryAddTextDelta_WritesWhatAddChunkWrites() =>
        Prop.ForAll(ArbMap.Default.ArbFor<(NonNull<string> Id, NonNull<string> Delta)>(), text => SameAsChunk(text.Id.Get, text.Delta.Get))
            .QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("t0", "~000001~abcdefghijk ", true)]
    [InlineData("t0", "", true)]
    [InlineData("t0", "two\nlines", false)]
    [InlineData("t0", "a \"quote\"", false)]
    [InlineData("t0", "back\\slash", false)]
    [InlineData("t0", "naïve", false)]
    [InlineData("\u007f", "x", false)]
    public void TryAddTextDelta_TakesPlainTextOnly(string id, string delta, bool isTaken)
    {
        Assert.Equal(isTaken, new RecordBatchBuilder(Cursor.Start).TryAddTextDelta(id, delta, Time));
        Assert.True(SameAsChunk(id, delta));
    }

    [Fact]
    public void Take_OfManySizes_HoldsLittleMoreThanTheRecords_AndIsNotWrittenToAgain()
    {
        var builder = new RecordBatchBuilder(Cursor.Start);
        var taken = new List<(RecordBatch Batch, string Text)>();
        foreach (int records in (int[])[1, 300, 1, 2, 310, 20, 600, 1, 280, 7])
        {
            for (int i = 0; i < records; i++)
            {
                Assert.True(builder.TryAddTextDelta("t0", "~000001~abcdefghijk ", Time));
            }

            RecordBatch batch = builder.Take()!;
            taken.Add((batch, Text(batch)));
        }

        Assert.All(taken, static take => Assert.Equal(take.Text, Text(take.Batch)));
        Assert.Equal(taken.Sum(static take => take.Batch.Count), taken[^1].Batch.Tail.Value);
        Assert.All(taken, static take =>
        {
            Assert.True(MemoryMarshal.TryGetArray(take.Batch.Records, out ArraySegment<byte> held));
            Assert.InRange(held.Array!.Length, take.Batch.Records.Length, (take.Batch.Records.Length * 4 / 3) + 4);
        });
    }

    [Fact]
    public void AddText_KeepsTheTextAsAStringInTheEnvelope()
    {
        var builder = new RecordBatchBuilder(Cursor.Start);
        builder.AddText("""{"kind":"stop"}"""u8, "part-1", Time);

        StreamRecord record = Assert.Single(builder.Take()!.Decode());
        Assert.Equal("""{"data":"{\"kind\":\"stop\"}","id":"part-1"}""", record.Body);
        Assert.Empty(record.Headers);
    }

    [Fact]
    public void Add_ControlRecord_CarriesHeadersAndAnEmptyBody()
    {
        var builder = new RecordBatchBuilder(new Cursor(9));
        builder.Add([], [new(ControlHeaders.Control, ControlHeaders.TurnComplete), new(ControlHeaders.InEventId, "0")], Time);

        Assert.Equal(
            """{"seq_num":9,"timestamp":1795248140825,"body":"","headers":[["trigger-control","turn-complete"],["session-in-event-id","0"]]}""",
            Text(builder.Take()!));
    }

    [Fact]
    public void AddTrim_HoldsTheKeptPlaceAsEightBigEndianBytes()
    {
        var builder = new RecordBatchBuilder(new Cursor(11));
        builder.AddTrim(new Cursor(9), Time);

        Assert.Equal(
            """{"seq_num":11,"timestamp":1795248140825,"body":"\u0000\u0000\u0000\u0000\u0000\u0000\u0000\t","headers":[["","trim"]]}""",
            Text(builder.Take()!));
    }

    [Fact]
    public void Take_StartsAgainAtTheNewTail()
    {
        var builder = new RecordBatchBuilder(new Cursor(3));
        builder.AddText("a"u8, "1", Time);
        builder.AddText("b"u8, "2", Time);
        RecordBatch first = builder.Take()!;
        builder.AddText("c"u8, "3", Time);

        Assert.Null(new RecordBatchBuilder(Cursor.Start).Take());
        Assert.Equal((3, 2, 5), (first.First.Value, first.Count, first.Tail.Value));
        Assert.Equal(5, builder.Take()!.First.Value);
    }

    [Fact]
    public void ARecordThatThereWasNoMemoryFor_LeavesNothingBehind()
    {
        var pool = new SmallPool();
        var builder = new RecordBatchBuilder(Cursor.Start, capacity: 64, pool);
        builder.AddChunk("""{"type":"start"}"""u8, Time);
        int length = builder.Length;

        Assert.Throws<OutOfMemoryException>(() => builder.AddChunk(new byte[SmallPool.Largest], Time + 1));
        Assert.Throws<OutOfMemoryException>(() => builder.Add(default, [new(ControlHeaders.Control, new string('x', SmallPool.Largest))], Time + 1));
        Assert.Equal((1, length), (builder.Count, builder.Length));
        builder.AddChunk("""{"type":"error"}"""u8, Time);

        RecordBatch batch = builder.Take()!;
        Assert.Equal(
            ["""{"data":{"type":"start"},"id":"0"}""", """{"data":{"type":"error"},"id":"1"}"""], batch.Decode().Select(static record => record.Body));
        Assert.Equal(Time, batch.Timestamp);
    }

    [Fact]
    public void AnyTexts_DecodeAsTheyWereAppended_FromEveryCursor() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>[]>(), texts =>
        {
            string[] wanted = [.. texts.Select(text => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.Get))).Append("{\"seq_num\":1,")];
            var builder = new RecordBatchBuilder(new Cursor(7), capacity: 1);
            foreach (string text in wanted)
            {
                builder.AddText(Encoding.UTF8.GetBytes(text), text, Time);
            }

            RecordBatch batch = builder.Take()!;
            for (int i = 0; i < wanted.Length; i++)
            {
                RecordBatch rest = batch.From(new Cursor(7 + i))!;
                Assert.Equal(wanted[i..], rest.Decode().Select(DataOf));
                Assert.Equal(Enumerable.Range(7 + i, wanted.Length - i).Select(number => (long)number), rest.Decode().Select(record => record.Sequence));
                Assert.Equal(batch.Tail, rest.Tail);
            }

            Assert.Null(batch.From(batch.Tail));
        }).QuickCheckThrowOnFailure();

    /// <summary>Whether a text that is taken comes out as it would by way of its JSON.</summary>
    private static bool SameAsChunk(string id, string delta)
    {
        var plain = new RecordBatchBuilder(new Cursor(7));
        var general = new RecordBatchBuilder(new Cursor(7));
        var json = new ArrayBufferWriter<byte>();
        UIMessageChunkWriter.Write(new TextDeltaChunk(id, delta), json);
        general.AddChunk(json.WrittenSpan, Time);
        return !plain.TryAddTextDelta(id, delta, Time) || Text(plain.Take()!) == Text(general.Take()!);
    }

    private static string DataOf(StreamRecord record)
    {
        using JsonDocument body = JsonDocument.Parse(record.Body);
        Assert.Equal(body.RootElement.GetProperty("data").GetString(), body.RootElement.GetProperty("id").GetString());
        return body.RootElement.GetProperty("data").GetString()!;
    }

    private static string Text(RecordBatch batch) => Encoding.UTF8.GetString(batch.Records.Span);

    /// <summary>A pool without large buffers.</summary>
    private sealed class SmallPool : ArrayPool<byte>
    {
        public const int Largest = 4096;

        public override byte[] Rent(int minimumLength) => minimumLength <= Largest ? Shared.Rent(minimumLength) : throw new OutOfMemoryException();

        public override void Return(byte[] array, bool clearArray = false) => Shared.Return(array, clearArray);
    }
}
