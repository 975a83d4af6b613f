using System.Text.Json.Nodes;
using AgentSessions.TestServer;
using Xunit.Abstractions;

namespace AgentSessions.Server.Tests;

/// <summary>Promises R1 and R3 to R8: SIGKILL at seeded moments loses, doubles and reorders nothing.</summary>
/// <remarks>CRASH_CYCLES and CRASH_SEED choose the length and the moments; the long form is 500 cycles.</remarks>
public sealed class CrashTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("crash-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task KillMinus9_LosesDoublesAndReordersNothing()
    {
        int cycles = int.Parse(Environment.GetEnvironmentVariable("CRASH_CYCLES") ?? "25");
        int seed = int.Parse(Environment.GetEnvironmentVariable("CRASH_SEED") ?? Environment.TickCount.ToString());
        output.WriteLine($"CRASH_SEED={seed} CRASH_CYCLES={cycles}");
        var random = new Random(seed);
        await using ServerProcess server = await ServerProcess.StartAsync(_directory);
        using var client = new WireClient(server.BaseUrl, server.SecretKey);
        ChatUnderFire[] chats =
        [
            .. Enumerable.Range(0, 3).Select(i => new ChatUnderFire($"load-{i}", "load", _ => "go 40 2")),
            .. Enumerable.Range(0, 2).Select(i => new ChatUnderFire($"echo-{i}", "echo", n => $"message {n}")),
            new ChatUnderFire("idle-0", "idle", n => $"message {n}"),
        ];
        using var writing = new CancellationTokenSource();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120 + (cycles * 10)));
        bool writersLeft = false;
        Task[] writers = [.. chats.Select(chat => chat.WriteAsync(client, writing.Token, limit.Token))];
        Task[] readers = [.. chats.Select(chat => chat.ReadAsync(client, () => Volatile.Read(ref writersLeft) && chat.IsAnswered(), limit.Token))];

        for (int cycle = 0; cycle < cycles; cycle++)
        {
            // Most kills fall into work, however slow the machine; every fifth into a start.
            if (cycle % 5 != 4)
            {
                await MoveAsync(chats, limit.Token);
            }

            await Task.Delay(random.Next(0, 300), limit.Token);
            await server.KillAsync();
            await server.StartAsync();
        }

        try
        {
            await writing.CancelAsync();
            await Task.WhenAll(writers);
            Volatile.Write(ref writersLeft, true);
            await Task.WhenAll(readers);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"{server.Log}\nNot answered in time:\n{string.Join('\n', chats.Where(chat => !chat.IsAnswered()))}");
        }

        foreach (ChatUnderFire chat in chats)
        {
            Assert.Empty(chat.Violations);
            await CheckInAsync(client, chat, limit.Token);
            await CheckOutAsync(client, chat, limit.Token);
        }

        output.WriteLine(
            $"{cycles} kills, {chats.Sum(chat => chat.Acknowledged.Count)} appends acknowledged, {chats.Sum(chat => chat.Seen.Count)} records followed, 0 lost, 0 repeated, 0 reordered");
    }

    /// <summary>Waits until a chat hears something new from the server.</summary>
    private static async Task MoveAsync(IReadOnlyList<ChatUnderFire> chats, CancellationToken cancellationToken)
    {
        long before = chats.Sum(chat => chat.Progress);
        while (chats.Sum(chat => chat.Progress) == before)
        {
            await Task.Delay(10, cancellationToken);
        }
    }

    /// <summary>Every acknowledged append stands in <c>in</c> once, at the sequence that was answered.</summary>
    private static async Task CheckInAsync(WireClient client, ChatUnderFire chat, CancellationToken cancellationToken)
    {
        var stored = new Dictionary<string, long>();
        long expected = 0;
        await foreach (WireRecord record in client.FollowAsync(chat.ChatId, "in", -1, silence: 1, cancellationToken))
        {
            Assert.Equal(expected++, record.Sequence);
            Assert.True(stored.TryAdd(JsonNode.Parse(record.Body)!["id"]!.GetValue<string>(), record.Sequence), $"{chat.ChatId}: part stored twice");
        }

        foreach ((string partId, long sequence) in chat.Acknowledged)
        {
            Assert.Equal(sequence, Assert.Contains(partId, stored));
        }
    }

    /// <summary>What the reader followed is what is stored, and every message has one boundary.</summary>
    private static async Task CheckOutAsync(WireClient client, ChatUnderFire chat, CancellationToken cancellationToken)
    {
        Dictionary<long, WireRecord> seen = chat.Seen.ToDictionary(record => record.Sequence);
        await foreach (WireRecord record in client.FollowAsync(chat.ChatId, "out", -1, silence: 1, cancellationToken))
        {
            if (seen.TryGetValue(record.Sequence, out WireRecord? followed))
            {
                Assert.Equal(record.Body, followed.Body);
            }
        }

        long[] floors = [.. chat.Seen.Where(record => record.IsBoundary).Select(record => long.Parse(record.Header("session-in-event-id")!))];
        Assert.Equal(floors.Distinct().Order(), floors);
    }
}
