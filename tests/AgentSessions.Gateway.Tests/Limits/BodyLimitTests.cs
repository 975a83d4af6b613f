using System.Net;
using System.Text;
using AgentSessions.Gateway.Tests.Hosting;

namespace AgentSessions.Gateway.Tests.Limits;

/// <summary>The limits table of the wire document (section 3), as far as it is about sizes.</summary>
public sealed class BodyLimitTests(GatewayServer server) : IClassFixture<GatewayServer>
{
    private const int KiB = 1024;
    private const int MiB = 1024 * 1024;

    [Fact]
    public async Task Append_CountsTheBodyOnTheWire()
    {
        string path = Calls.ChannelPath(await NewAsync(), "in/append");
        await AssertAsync(413, "POST", path, new byte[MiB + 1]);
        await AssertAsync(413, "POST", path, new byte[3 * MiB]);
        await AssertAsync(200, "POST", path, Text('x', 900 * KiB));
    }

    [Fact]
    public async Task Append_CountsTheRecordAfterItIsWrapped()
    {
        string id = await NewAsync();
        string path = Calls.ChannelPath(id, "in/append");

        // 8 and the envelope {"data":"","id":"p"} are counted beside the text.
        int room = MiB - 8 - """{"data":"","id":"p"}""".Length;
        await AssertAsync(200, "POST", path, Text('x', room), ("X-Part-Id", "p"));
        await AssertAsync(413, "POST", path, Text('x', room + 1), ("X-Part-Id", "q"));
        await AssertAsync(413, "POST", path, Text('"', 700 * KiB));
        await AssertAsync(413, "POST", path, Text('\u0001', 200 * KiB));
        Assert.Single((await server.SendAsync("GET", Calls.ChannelPath(id, "in/records"))).Json.GetProperty("records").EnumerateArray());
    }

    [Fact]
    public async Task Append_InChunks_IsCountedToo()
    {
        string id = await NewAsync();
        using RawConnection connection = await RawConnection.OpenAsync(server);
        await connection.SendAsync($"POST {Calls.ChannelPath(id, "in/append")} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {GatewayServer.Key}\r\nTransfer-Encoding: chunked\r\nOrigin: http://app.example\r\n\r\n");
        string chunk = $"40000\r\n{new string('x', 0x40000)}\r\n";
        for (int i = 0; i < 6; i++)
        {
            await connection.SendAsync(chunk);
        }

        await connection.SendAsync("0\r\n\r\n");
        string answer = await connection.ReadUntilAsync("too_large");
        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
        Assert.Contains("Access-Control-Allow-Origin: *", answer, StringComparison.Ordinal);

        // What was too much was read to its end, so the connection goes on.
        await connection.SendAsync($"GET {Calls.SessionPath(id)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {GatewayServer.Key}\r\n\r\n");
        Assert.Contains("HTTP/1.1 200 ", await connection.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_AnnouncedAsEnormous_IsRefusedWithoutReadingIt()
    {
        string id = await NewAsync();
        string answer = await RawConnection.AskAsync(server, $"POST {Calls.ChannelPath(id, "in/append")}", "", "Content-Length: 60000000", "Expect: 100-continue");
        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("100 Continue", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trap11_Create_TakesOneMiB()
    {
        await AssertAsync(201, "POST", "/api/v1/sessions", Padded(Calls.CreateBody(Calls.NewId()), MiB));
        await AssertAsync(413, "POST", "/api/v1/sessions", Padded(Calls.CreateBody(Calls.NewId()), MiB + 1));
    }

    [Fact]
    public async Task Update_Takes32KiB()
    {
        string id = await NewAsync();
        await AssertAsync(200, "PATCH", Calls.SessionPath(id), Padded("{}", 32 * KiB));
        await AssertAsync(413, "PATCH", Calls.SessionPath(id), Padded("{}", (32 * KiB) + 1));
    }

    [Theory]
    [InlineData("/close", "{}", 200)]
    [InlineData("/end-and-continue", """{"callingRunId":"run_x","reason":"upgrade"}""", 404)]
    public async Task CloseAndEndAndContinue_Take1KiB(string rest, string body, int status)
    {
        string id = await NewAsync();
        await AssertAsync(413, "POST", Calls.SessionPath(id, rest), Padded(body, KiB + 1));
        await AssertAsync(status, "POST", Calls.SessionPath(id, rest), Padded(body, KiB));
    }

    [Fact]
    public async Task Close_TakesAReasonOf256Characters()
    {
        string id = await NewAsync();
        await AssertAsync(400, "POST", Calls.SessionPath(id, "/close"), Text($$"""{"reason":"{{new string('r', 257)}}"}"""));
        await AssertAsync(200, "POST", Calls.SessionPath(id, "/close"), Text($$"""{"reason":"{{new string('r', 256)}}"}"""));
    }

    [Fact]
    public async Task Body_ThatIsCompressed_Is400()
    {
        Answer answer = await server.SendAsync("POST", "/api/v1/sessions", new byte[] { 0x1f, 0x8b, 8, 0 }, GatewayServer.Key);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        string raw = await RawConnection.AskAsync(server, $"POST {Calls.ChannelPath(await NewAsync(), "in/append")}", "xxxx", "Content-Encoding: gzip");
        Assert.StartsWith("HTTP/1.1 400 ", raw, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Transfer-Encoding: chunked", "zz\r\nxx\r\n0\r\n\r\n")]
    [InlineData("Content-Length: -5", "")]
    [InlineData("Content-Length: 5\r\nContent-Length: 6", "xxxxxx")]
    [InlineData("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("Transfer-Encoding: identity", "xx")]
    [InlineData("Transfer-Encoding: chunked, identity", "0\r\n\r\n")]
    public async Task Framing_ThatIsAmbiguous_IsRefusedAndReadOnce(string headers, string body)
    {
        string id = await NewAsync();
        using RawConnection connection = await RawConnection.OpenAsync(server);
        await connection.SendAsync($"POST {Calls.ChannelPath(id, "in/append")} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {GatewayServer.Key}\r\n{headers}\r\n\r\n{body}");
        string answer = await connection.ReadToEndAsync();
        Assert.Matches("^HTTP/1.1 [24]\\d\\d ", answer);
        Assert.DoesNotContain("HTTP/1.1 ", answer[9..], StringComparison.Ordinal);
    }

    private static byte[] Text(char letter, int count) => Encoding.UTF8.GetBytes(new string(letter, count));

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Padded(string json, int length) => Encoding.UTF8.GetBytes(json.PadRight(length));

    private async Task AssertAsync(int status, string method, string path, byte[] body, params (string Name, string Value)[] headers)
    {
        Answer answer = await server.SendAsync(method, path, body, GatewayServer.Key, [("Origin", "http://app.example"), .. headers]);
        Assert.True((int)answer.Status == status, $"{answer.Status} {answer.Text[..Math.Min(200, answer.Text.Length)]}");
        Assert.Equal("*", answer.Header("Access-Control-Allow-Origin"));
    }

    private async Task<string> NewAsync()
    {
        string id = Calls.NewId();
        await server.CreateAsync(id);
        return id;
    }
}
