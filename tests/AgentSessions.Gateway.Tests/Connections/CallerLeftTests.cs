using System.IO.Pipelines;
using AgentSessions.Gateway.Bodies;
using AgentSessions.Gateway.Errors;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Tests.Connections;

public sealed class CallerLeftTests
{
    [Fact]
    public async Task Read_OfAStreamThatIsReset_IsExplained_BeforeTheRequestIsCancelled()
    {
        var body = new Pipe();
        await body.Writer.CompleteAsync(new IOException("The client reset the request stream."));

        Exception? left = await Record.ExceptionAsync(async () => await CallerLeft.ReadAsync(body.Reader, default));

        Assert.True(CallerLeft.Explains(left!, new DefaultHttpContext()));
    }

    [Fact]
    public async Task Read_OfABodyAsAStream_GivesAllOfIt_AndIsExplainedWhenItIsReset()
    {
        var body = new Pipe();
        await body.Writer.WriteAsync("one line\nand half"u8.ToArray());
        using var lines = new StreamReader(new CallersBody(body.Reader).AsStream());

        string? line = await lines.ReadLineAsync();
        await body.Writer.CompleteAsync(new IOException("The client reset the request stream."));
        Exception? left = await Record.ExceptionAsync(async () => await lines.ReadLineAsync());

        Assert.Equal("one line", line);
        Assert.True(CallerLeft.Explains(left!, new DefaultHttpContext()));
    }

    [Fact]
    public async Task Read_OfABodyThatIsMalformed_IsTheCallersFault()
    {
        var body = new Pipe();
        await body.Writer.CompleteAsync(new BadHttpRequestException("Bad chunk size data."));

        Exception? wrong = await Record.ExceptionAsync(async () => await CallerLeft.ReadAsync(body.Reader, default));

        Assert.IsType<BadHttpRequestException>(wrong);
    }

    [Fact]
    public async Task Read_OfAChunkWhoseSizeIsNoNumber_IsTheCallersFault()
    {
        var body = new Pipe();
        await body.Writer.CompleteAsync(new IOException("Bad chunk size data.", new OverflowException()));

        Exception? wrong = await Record.ExceptionAsync(async () => await CallerLeft.ReadAsync(body.Reader, default));

        Assert.IsType<BadHttpRequestException>(wrong);
    }
}
