using System.Diagnostics;
using AgentSessions.TestServer;
using Xunit.Abstractions;

namespace AgentSessions.Server.Tests;

/// <summary>Promise S8: clients that keep the server waiting are cut by the limits it has unless told otherwise, and slow nobody down.</summary>
public sealed class SlowClientsTests(ITestOutputHelper output) : IDisposable
{
    private const int Clients = 50;
    private static readonly TimeSpan _cutWithin = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan _controlWithin = TimeSpan.FromSeconds(1.5);
    private readonly string _directory = Directory.CreateTempSubdirectory("slow-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task ClientsThatAreSlow_AreCut_AndSlowNobodyDown()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(_directory);
        using var client = new WireClient(server.BaseUrl, server.SecretKey);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await client.StartAsync("chat", "echo", limit.Token);
        await client.AskAsync("chat", "warm up", limit.Token);
        string[] beginnings =
        [
            "",
            "GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: ",
            $"POST /realtime/v1/sessions/chat/in/append HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.SecretKey}\r\nContent-Length: 1000\r\n\r\n",
        ];

        using var allCut = new CancellationTokenSource();
        Task<List<TimeSpan>> controlling = ControlAsync(client, allCut.Token, limit.Token);
        (string Said, TimeSpan After)[][] cut = await Task.WhenAll(beginnings.Select(beginning =>
            Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => OutlastAsync(server, beginning, limit.Token)))));
        await allCut.CancelAsync();
        List<TimeSpan> control = [.. (await controlling).Order()];

        TimeSpan p99 = control[control.Count * 99 / 100];
        string[] slowest = [.. cut.Select(static kind => $"{kind.Max(static one => one.After).TotalSeconds:F1} s")];
        output.WriteLine($"cut after {string.Join(", ", slowest)} (silent, headers, body); p99 of {control.Count} answers beside them {p99.TotalMilliseconds:F0} ms");
        Assert.All(cut.SelectMany(static kind => kind), static one =>
        {
            Assert.InRange(one.After, TimeSpan.Zero, _cutWithin);
            Assert.DoesNotContain("HTTP/1.1 200", one.Said, StringComparison.Ordinal);
        });
        Assert.InRange(p99, TimeSpan.Zero, _controlWithin);
    }

    private static async Task<(string Said, TimeSpan After)> OutlastAsync(ServerProcess server, string beginning, CancellationToken limit)
    {
        using RawClient client = await RawClient.ConnectAsync(server.BaseUrl);
        await client.SendAsync(beginning);
        return await client.OutlastAsync(beginning.Length > 0 ? 'x' : null, limit);
    }

    /// <summary>One client like any other, which asks again and again.</summary>
    /// <returns>How long each question took to be answered.</returns>
    private static async Task<List<TimeSpan>> ControlAsync(WireClient client, CancellationToken leave, CancellationToken limit)
    {
        var took = new List<TimeSpan>();
        long through = -1;
        while (!leave.IsCancellationRequested)
        {
            long asked = Stopwatch.GetTimestamp();
            through = (await client.AskAsync("chat", "hi", through, limit))[^1].Sequence;
            took.Add(Stopwatch.GetElapsedTime(asked));
            await Task.Delay(TimeSpan.FromMilliseconds(20), limit);
        }

        return took;
    }
}
