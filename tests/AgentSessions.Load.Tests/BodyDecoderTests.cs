using System.Text;
using AgentSessions.Load.Wire;

namespace AgentSessions.Load.Tests;

public sealed class BodyDecoderTests
{
    private const string Body = "id: 1\nevent: batch\ndata: {\"records\":[]}\n\n";

    private static readonly ResponseHead s_chunked = new(200, -1, Chunked: true, KeepAlive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1_000)]
    public void Decode_ChunkedCutAtEveryByte_GivesTheBody(int chunkSize)
    {
        byte[] raw = WireText.Chunked(Body, chunkSize);

        for (int cut = 0; cut <= raw.Length; cut++)
        {
            Assert.Equal((Body, true), Decode(s_chunked, raw[..cut], raw[cut..]));
        }
    }

    [Fact]
    public void Decode_ChunkExtensionsAndTrailers_ArePassedOver() =>
        Assert.Equal(("abc", true), Decode(s_chunked, "3;name=value\r\nabc\r\n0\r\nTrailer: x\r\nOther: y\r\n\r\n"u8.ToArray()));

    [Fact]
    public void Decode_ContentLength_EndsAfterThatManyBytes() =>
        Assert.Equal(("abc", true), Decode(new ResponseHead(200, 3, Chunked: false, KeepAlive: true), "a"u8.ToArray(), "bcd"u8.ToArray()));

    [Fact]
    public void Decode_NoLength_EndsWithTheConnection()
    {
        BodyDecoder decoder = new(new ResponseHead(200, -1, Chunked: false, KeepAlive: false));
        byte[] raw = "abc"u8.ToArray();

        Assert.Equal(3, decoder.Decode(raw));
        Assert.False(decoder.Done);
        Assert.True(decoder.EndsWithConnection);
    }

    [Fact]
    public void Decode_ChunkSizeThatIsNoNumber_Throws() =>
        Assert.Throws<InvalidDataException>(() => Decode(s_chunked, "xyz\r\n"u8.ToArray()));

    private static (string Body, bool Done) Decode(ResponseHead head, params byte[][] pieces)
    {
        BodyDecoder decoder = new(head);
        StringBuilder body = new();
        foreach (byte[] piece in pieces)
        {
            byte[] raw = (byte[])piece.Clone();
            body.Append(Encoding.UTF8.GetString(raw, 0, decoder.Decode(raw)));
        }

        return (body.ToString(), decoder.Done);
    }
}
