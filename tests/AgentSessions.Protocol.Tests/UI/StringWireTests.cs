using System.Buffers;
using System.Text;
using System.Text.Json;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Protocol.Tests.UI;

/// <summary>Strings pass through unharmed, whatever they hold.</summary>
public sealed class StringWireTests
{
    // Not theory data: attributes and runners carry strings as UTF-8, which has no lone surrogates.
    private static readonly (string Text, string Escaped)[] Strings =
    [
        ("plain", "plain"),
        ("\"\\/", "\\\"\\\\/"),
        ("\n\r\t\b\f\0\u001f", "\\n\\r\\t\\b\\f\\u0000\\u001f"),
        ("<b>&'+\u007f\u2028", "<b>&'+\u007f\u2028"),
        ("é 漢 😀", "é 漢 😀"),
        ("a\ud83d", "a\\ud83d"),
        ("\ude00b", "\\ude00b"),
        ("\ude00\ud83d", "\\ude00\\ud83d"),
        ("x\ud83d\nx", "x\\ud83d\\nx"),
    ];

    [Fact]
    public void String_IsEscapedAsJavaScriptDoes_AndReadBack() => Assert.All(Strings, row =>
    {
        string json = Wire.Json(new TextDeltaChunk("t", row.Text));

        Assert.Equal($$"""{"type":"text-delta","id":"t","delta":"{{row.Escaped}}"}""", json);
        Assert.Equal(row.Text, Assert.IsType<TextDeltaChunk>(Wire.Chunk(json)).Delta);
    });

    [Fact]
    public void PairSplitOverTwoDeltas_IsWholeWhenTheReaderJoinsThem()
    {
        string[] deltas = ["\ud83d", "\ude00"];

        var read = deltas.Select(delta => Wire.Chunk(Wire.Json(new TextDeltaChunk("t", delta)))).Cast<TextDeltaChunk>();

        Assert.Equal("😀", string.Concat(read.Select(chunk => chunk.Delta)));
    }

    [Theory]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(900_000)]
    public void LongString_IsWholeAtEveryCut(int length)
    {
        string text = string.Concat(Enumerable.Repeat('a', length)) + string.Concat(Enumerable.Repeat("😀é", 4096)) + "\ud83d";

        Assert.Equal(text, Assert.IsType<TextDeltaChunk>(Wire.Chunk(Wire.Json(new TextDeltaChunk("t", text)))).Delta);
    }

    [Fact]
    public void LoneSurrogates_InPayloadsAndNames_SurviveReadingAndWriting()
    {
        const string Json = """{"type":"data-x","data":{"\ud83d":"\ude00"},"extra\ud83d":["\ud83d"]}""";

        Assert.Equal(Json, Wire.Json(Wire.Chunk(Json)));
        Assert.Equal(Json, JsonSerializer.Serialize(Wire.Chunk(Json), UIJson.Options));
    }

    [Fact]
    public void ToElement_NeverThrowsForLoneSurrogates() =>
        Assert.Equal("""{"text":"a\uFFFD"}""", UIJson.ToElement(new { Text = "a\ud83d" }).GetRawText());

    [Fact]
    public void Payloads_KeepLoneSurrogates_InsideOtherObjects() =>
        Assert.Equal(
            """{"data":{"a":"\ud83d"}}""",
            JsonSerializer.Serialize(new { Data = Wire.Element("""{"a": "\ud83d"}""") }, UIJson.Options));

    [Theory]
    [InlineData("""{"a":"\ud83d"}""", """{"a":"\ufffd"}""")]
    [InlineData("""["\ude00\ud83d","\ud83d\ude00"]""", """["\ufffd\ufffd","\ud83d\ude00"]""")]
    [InlineData("""{"\ud83d\ud83d\ude00":"\\ud83d\u00e9"}""", """{"\ufffd\ud83d\ude00":"\\ud83d\u00e9"}""")]
    public void ToWellFormed_ReplacesLoneSurrogatesOnly(string json, string expected)
    {
        Assert.Equal(expected, UIJson.ToWellFormed(Wire.Element(json)).GetRawText());
        JsonSerializer.Serialize(UIJson.ToWellFormed(Wire.Element(json)));
    }

    [Fact]
    public void InvalidUtf8_IsReadAsReplacementCharacters()
    {
        byte[] json = [.. """{"type":"abort","reason":"a"""u8, 0xff, .. "\"}"u8];

        var chunk = JsonSerializer.Deserialize<UIMessageChunk>(json, UIJson.Options);

        Assert.Equal("a\ufffd", Assert.IsType<AbortChunk>(chunk).Reason);
    }

    [Fact]
    public void Writing_TextChunks_AllocatesNothing()
    {
        UIMessageChunk[] chunks =
        [
            new TextStartChunk("t"), new TextDeltaChunk("t", "Hello \"é\" 😀\n\ud83d"), new TextEndChunk("t"),
            new ReasoningStartChunk("r"), new ReasoningDeltaChunk("r", "Hm"), new ReasoningEndChunk("r"),
            new StartStepChunk(), new FinishStepChunk(), new ToolInputDeltaChunk("c", "{}"),
            new ToolOutputAvailableChunk("c", Wire.Element("{\"a\": 1}")),
        ];
        var output = new ArrayBufferWriter<byte>(64 * 1024);
        WriteAll();

        long before = GC.GetAllocatedBytesForCurrentThread();
        WriteAll();

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void WriteAll()
        {
            output.ResetWrittenCount();
            foreach (var chunk in chunks)
            {
                UIMessageChunkWriter.Write(chunk, output);
            }
        }
    }

    [Fact]
    public void Writing_NeverAsksForHugeSpans()
    {
        var output = new CountingOutput();

        UIMessageChunkWriter.Write(new TextDeltaChunk("t", new string('é', 1_000_000)), output);

        Assert.Equal(2_000_000 + Encoding.UTF8.GetByteCount("""{"type":"text-delta","id":"t","delta":""}"""), output.Written);
        Assert.InRange(output.LargestHint, 1, 16 * 1024);
    }

    private sealed class CountingOutput : IBufferWriter<byte>
    {
        private readonly byte[] _space = new byte[64 * 1024];

        public int Written { get; private set; }

        public int LargestHint { get; private set; }

        public void Advance(int count) => Written += count;

        public Memory<byte> GetMemory(int sizeHint = 0)
        {
            LargestHint = Math.Max(LargestHint, sizeHint);
            return _space;
        }

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
    }
}
