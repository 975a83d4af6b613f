using System.Text;
using AgentSessions.Core.Redaction;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Tests.Redaction;

/// <summary>Which strings of what is stored are redacted, and which must stay.</summary>
public sealed class TextRedactionTests
{
    private readonly TextRedaction _redaction = Redactions.Of("4711");

    [Theory]
    [InlineData("""{"id":"m4711","text":"is 4711"}""", """{"id":"m4711","text":"is [gone]"}""")]
    [InlineData("""{"messageId":"4711","role":"4711","delta":"4711"}""", """{"messageId":"4711","role":"4711","delta":"[gone]"}""")]
    [InlineData("""{"input":{"id":"4711","n":4711,"4711":[true,null,"4711"]}}""", """{"input":{"id":"[gone]","n":4711,"[gone]":[true,null,"[gone]"]}}""")]
    [InlineData("""{"text":"{\"id\":\"4711\",\"text\":\"4711\"}"}""", """{"text":"{\"id\":\"4711\",\"text\":\"[gone]\"}"}""")]
    [InlineData("""{"url":"data:image/png;base64,4711"}""", """{"url":"data:image/png;base64,4711"}""")]
    [InlineData("""{"text":"4711","text":"4711"}""", """{"text":"[gone]","text":"[gone]"}""")]
    [InlineData("not JSON: 4711", "not JSON: [gone]")]
    [InlineData("""{"text":"4711""", """{"text":"[gone]""")]
    [InlineData("""{"text":"\ud800 4711"}""", """{"text":"\ud800 [gone]"}""")]
    public void Json_KeepsWhatIdentifiesThings(string text, string expected) => Assert.Equal(expected, _redaction.Json(text));

    [Fact]
    public void Json_WithoutAMatch_StaysByteForByte()
    {
        byte[] text = Encoding.UTF8.GetBytes("""{ "text" : "\u00e4 <b>", "n": 1.0e2 }""");
        ReadOnlyMemory<byte> kept = _redaction.Json(text.AsMemory());
        Assert.True(kept.Span == text.AsSpan());
    }

    [Fact]
    public void Batch_KeepsNumbersTimesHeadersAndEnvelopes()
    {
        var builder = new RecordBatchBuilder(new Cursor(4711));
        builder.AddText("""{"kind":"message","payload":{"messageId":"4711","text":"4711"}}"""u8, "part-4711", 4711);
        builder.AddChunk("""{"type":"text-delta","id":"4711","delta":"4711"}"""u8, 4711);
        builder.Add(default, [new RecordHeader("name", "4711")], 4711);
        RecordBatch batch = builder.Take()!;

        StreamRecord[] records = [.. _redaction.Batch(batch).Decode()];

        Assert.Equal([4711L, 4712, 4713], records.Select(static record => record.Sequence));
        Assert.All(records, static record => Assert.Equal(4711, record.Timestamp));
        Assert.Equal("""{"data":"{\"kind\":\"message\",\"payload\":{\"messageId\":\"4711\",\"text\":\"[gone]\"}}","id":"part-4711"}""", records[0].Body);
        Assert.StartsWith("""{"data":{"type":"text-delta","id":"4711","delta":"[gone]"},"id":""", records[1].Body, StringComparison.Ordinal);
        Assert.Equal(new RecordHeader("name", "4711"), Assert.Single(records[2].Headers));
    }

    [Fact]
    public void Batch_WithoutAMatch_IsTheSame()
    {
        var builder = new RecordBatchBuilder(Cursor.Start);
        builder.AddChunk("""{"type":"text-delta","id":"t","delta":"nothing here"}"""u8, 1);
        RecordBatch batch = builder.Take()!;
        Assert.Same(batch, _redaction.Batch(batch));
    }

    [Fact]
    public void WithoutARedactor_ThereIsNone() => Assert.Null(TextRedaction.Of(new Redactions()));
}
