using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using AgentSessions.Gateway.Tests.Hosting;
using AgentSessions.TestServer;

namespace AgentSessions.Gateway.Tests.Hostile;

/// <summary>
/// Requests and credentials meant to do harm: none is served without a right, none makes the server fail, hang or tell of its inside.
/// <c>AGENT_SESSIONS_HOSTILE</c> sets how many (default 20,000), <c>AGENT_SESSIONS_FIRST_HOSTILE</c> where to begin.
/// </summary>
public sealed partial class HostileTests(HostileServer server) : IClassFixture<HostileServer>
{
    private static readonly string[] _brokenFrames =
    [
        "GET /api/v1/sessions HTTP/1.1\r\n\r\n", "GET /api/v1/sessions HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET\r\n\r\n", "\r\n\r\nx\r\n\r\n", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /api/v1/sessions HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", "POST /api/v1/sessions HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "POST /api/v1/sessions HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", "POST /api/v1/sessions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "POST /api/v1/sessions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n folded: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost a\r\n\r\n", "\0\0\0\0\0\0\0\0\r\n\r\n", "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003\r\n\r\n",
    ];

    /// <summary>What is sent right behind another request; it ends the connection if it is served.</summary>
    private const string NextRequest = $"GET /api/v1/sessions/victim HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {GatewayServer.Key}\r\n\r\n";

    [Fact]
    public async Task Requests_MeantToHarm_AreRefusedAndTellNothing()
    {
        int first = TestSetting.Number("AGENT_SESSIONS_FIRST_HOSTILE", 1);
        int count = TestSetting.Number("AGENT_SESSIONS_HOSTILE", 20_000);
        await server.CreateAsync("victim");
        string good = server.TokenFor("read:sessions:victim", "write:sessions:victim");
        server.Secrets.Enqueue(good);
        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("GET", "/api/v1/sessions", null, HostileTokens.Faultless)).Status);
        var requests = new HostileRequests("victim", new HostileTokens(good), good);
        var wrong = new ConcurrentQueue<string>();
        var statuses = new ConcurrentDictionary<string, int>();
        int next = first;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            using var connection = new HostileConnection(server.Address);
            for (int number = Interlocked.Increment(ref next) - 1; number < first + count; number = Interlocked.Increment(ref next) - 1)
            {
                HostileRequest request = requests.Make(number);
                (HostileAnswer answer, string? problem) = request.End == HostileEnd.Whole ? (await AskAsync(connection, request), null) : await AskToTheEndAsync(request);
                statuses.AddOrUpdate($"{request.End} {answer.Status}", 1, static (_, seen) => seen + 1);
                if ((problem ??= Judge(request, answer)) is not null)
                {
                    wrong.Enqueue($"{number} {problem}: {request} => {answer.Text[..Math.Min(300, answer.Text.Length)]}");
                }
            }
        }));

        string summary = string.Join(", ", statuses.OrderBy(static status => status.Key, StringComparer.Ordinal).Select(static status => $"{status.Key}: {status.Value}"));
        Assert.True(wrong.IsEmpty, $"{wrong.Count} of {count} ({summary}):\n{string.Join('\n', wrong.Take(10))}");
        Assert.True(statuses.Keys.Count(static status => status.StartsWith(nameof(HostileEnd.Whole), StringComparison.Ordinal)) > 6, summary);
        await AssertUnharmedAsync();
    }

    [Fact]
    public async Task Frames_ThatAreBroken_AreRefusedAndCloseTheConnection()
    {
        foreach (string frame in _brokenFrames)
        {
            (HostileAnswer answer, string? problem) = await AskToTheEndAsync(new HostileRequest(Encoding.Latin1.GetBytes(frame), IsHead: false, MayPass: false, HostileEnd.Broken));
            Assert.True(problem is null && answer.Status is 0 or (>= 400 and < 500), $"{problem} {frame.ReplaceLineEndings("⏎")} => {answer}");
            Assert.DoesNotMatch(Inside(), answer.Text);
        }

        await AssertUnharmedAsync();
    }

    /// <summary>Asks on a connection that goes on if the server keeps it.</summary>
    private async Task<HostileAnswer> AskAsync(HostileConnection connection, HostileRequest request)
    {
        HostileAnswer answer = await connection.AskAsync(request.Bytes, request.IsHead);
        if (answer.Status > 0)
        {
            return answer;
        }

        // The connection may have ended with the request before this one.
        using var fresh = new HostileConnection(server.Address);
        return await fresh.AskAsync(request.Bytes, request.IsHead);
    }

    /// <summary>Asks on a connection of its own, for something else right behind it unless it is cut, and reads until the server closes.</summary>
    private async Task<(HostileAnswer Answer, string? Problem)> AskToTheEndAsync(HostileRequest request)
    {
        using RawConnection connection = await RawConnection.OpenAsync(server);
        if (request.End == HostileEnd.Cut)
        {
            await connection.SendAsync(request.Bytes);
            connection.Socket.Shutdown(SocketShutdown.Send);
        }
        else
        {
            await connection.SendAsync([.. request.Bytes, .. Encoding.Latin1.GetBytes(NextRequest)]);
        }

        string text = await connection.ReadToEndAsync();
        string[] statuses = [.. StatusLine().Matches(text).Select(static line => line.Groups[1].Value).Where(static status => status != "100")];
        bool isRight = request.End == HostileEnd.Followed
            ? statuses is [_, "200"] || (statuses.Length == 1 && text.Contains("Connection: close\r\n", StringComparison.OrdinalIgnoreCase))
            : statuses.Length <= 1;
        var answer = new HostileAnswer(int.Parse(statuses.FirstOrDefault("0"), CultureInfo.InvariantCulture), text);
        return (answer, isRight ? null : $"{request.End} got {string.Join(" and ", statuses)}");
    }

    private string? Judge(HostileRequest request, HostileAnswer answer) =>
        answer.Status == 0 && request.End != HostileEnd.Cut ? "was cut without an answer"
        : answer.Status >= 500 ? "made the server fail"
        : !request.MayPass && answer.Status is >= 200 and < 300 ? "was served without a right"
        : Inside().IsMatch(answer.Text) ? "was told of the inside"
        : server.Secrets.Any(secret => answer.Text.Contains(secret, StringComparison.Ordinal)) ? "was told a secret"
        : null;

    /// <summary>The server goes on as if nothing had been, and wrote no secret down.</summary>
    private async Task AssertUnharmedAsync()
    {
        string id = Calls.NewId("after");
        await server.CreateAsync(id);
        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("POST", Calls.ChannelPath(id, "in/append"), "x")).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("GET", Calls.SessionPath(id))).Status);
        Assert.True(server.Watch.Lines > 0, "The log was not watched.");
        Assert.True(server.Watch.Leaks.Count == 0, string.Join('\n', server.Watch.Leaks.Take(5)));
    }

    [GeneratedRegex(@"^HTTP/1\.1 (\d{3}) ", RegexOptions.Multiline)]
    private static partial Regex StatusLine();

    /// <summary>What only the inside knows: stack frames, types, files.</summary>
    [GeneratedRegex(@"   at \w+\.|\.cs:line|AgentSessions\.|System\.\w+Exception|/src/|SQLite", RegexOptions.IgnoreCase)]
    private static partial Regex Inside();
}
