using System.Text;
using AgentSessions.Load.Wire;

namespace AgentSessions.Load.Tests;

public sealed class ResponseHeadTests
{
    [Fact]
    public void Parse_ChunkedStream_IsKeptAlive() =>
        Assert.Equal(
            new ResponseHead(200, -1, Chunked: true, KeepAlive: true),
            Parse("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"));

    [Fact]
    public void Parse_NamesInAnyCase_AreRead() =>
        Assert.Equal(new ResponseHead(409, 12, Chunked: false, KeepAlive: false), Parse("HTTP/1.1 409 Conflict\r\ncontent-LENGTH:  12\r\nCONNECTION: close\r\n\r\n"));

    [Fact]
    public void Parse_BodyUntilTheConnectionEnds_IsNotKeptAlive() => Assert.False(Parse("HTTP/1.1 200 OK\r\n\r\n").KeepAlive);

    [Theory]
    [InlineData("SSH-2.0-server\r\n\r\n")]
    [InlineData("HTTP/1.1 abc\r\n\r\n")]
    public void Parse_SomethingElse_Throws(string head) => Assert.Throws<InvalidDataException>(() => Parse(head));

    private static ResponseHead Parse(string head) => ResponseHead.Parse(Encoding.ASCII.GetBytes(head));
}
