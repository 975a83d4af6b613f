using AgentSessions.TestServer;

namespace AgentSessions.Server.Tests;

/// <summary>A server whose memory is used up does not stay with half of its chats stuck: it ends, and the next one goes on.</summary>
public sealed class MemoryUsedUpTests : IDisposable
{
    // With most of the 1 MiB that a record may have, and four seconds for each answer, some dozens of chats are more than the heap holds.
    private const int LargeText = 900_000;
    private const int Chats = 400;
    private const string Heap = "DOTNET_GCHeapHardLimit=0x5000000";

    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);
    private readonly string _directory = Directory.CreateTempSubdirectory("memory-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task UsedUp_EndsTheProcess_AndTheNextAnswersWhatWasAcknowledged()
    {
        using var limit = new CancellationTokenSource(_patience);
        Dictionary<string, long> acknowledged;
        await using (ServerProcess small = await ServerProcess.StartAsync(_directory, launcher: ["env", Heap]))
        {
            acknowledged = await FillAsync(small, limit.Token);
            Assert.NotEqual(0, await small.EndAsync(_patience));
            Assert.Contains("its memory is used up", small.Log, StringComparison.Ordinal);
            Assert.Contains("AgentSessions:Admission:Turns", small.Log, StringComparison.Ordinal);
        }

        await using ServerProcess large = await ServerProcess.StartAsync(_directory);
        using var client = new WireClient(large.BaseUrl, large.SecretKey);
        foreach ((string chat, long sequence) in acknowledged)
        {
            Assert.Equal([("m", sequence)], await client.StoredInAsync(chat, limit.Token));
            Assert.Contains("199 ", await AnswerAsync(client, chat, sequence, limit.Token), StringComparison.Ordinal);
        }
    }

    /// <summary>Starts one large turn after the other until the server is gone.</summary>
    private static async Task<Dictionary<string, long>> FillAsync(ServerProcess server, CancellationToken limit)
    {
        using var client = new WireClient(server.BaseUrl, server.SecretKey);
        string text = new('x', LargeText);
        var acknowledged = new Dictionary<string, long>();
        try
        {
            for (int i = 0; i < Chats; i++)
            {
                string chat = $"large-{i}";
                await client.StartAsync(chat, "slow", limit);
                acknowledged[chat] = await client.SendAsync(chat, text, "m", limit);
            }
        }
        catch (Exception exception) when (Cut.Is(exception, limit) && !Cut.IsFinal(exception))
        {
            // It ended, and what it was being told was not acknowledged.
        }

        return acknowledged;
    }

    private static async Task<string> AnswerAsync(WireClient client, string chat, long sequence, CancellationToken limit)
    {
        var seen = new List<WireRecord>();
        await foreach (WireRecord record in client.FollowAsync(chat, "out", after: -1, silence: 60, limit))
        {
            seen.Add(record);
            if (record.Floor >= sequence)
            {
                break;
            }
        }

        return SeenTurn.Among(seen).Last().Answers[^1].Text;
    }
}
