using AgentSessions.TestServer;

namespace AgentSessions.Operations.Tests;

/// <summary>Knows what a busy server had acknowledged when a backup began, and how far its clients read after that.</summary>
/// <param name="Acknowledged">Part ids and the sequences that were answered for them.</param>
/// <param name="LaterCursor">The newest sequence of <c>out</c> that a client saw after the backup.</param>
internal sealed record Witness(IReadOnlyDictionary<string, long> Acknowledged, long LaterCursor)
{
    private const string Chat = "witness";
    private const int Messages = 20;
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(4);

    /// <summary>Writes a chat of its own beside a load, backs up while the load goes on, and lets both go on after it.</summary>
    public static async Task<Witness> UnderLoadAsync(ServerProcess server, Func<Task> backup)
    {
        using var client = new WireClient(server.BaseUrl, server.SecretKey);
        using LoadUnderFire load = LoadUnderFire.Start(client, _limit);
        await client.StartAsync(Chat, "echo", load.Limit);
        var acknowledged = new Dictionary<string, long>();
        for (int i = 0; i < Messages; i++)
        {
            acknowledged[$"w{i}"] = await client.SendAsync(Chat, $"message {i}", $"w{i}", load.Limit);
        }

        await load.MoveEveryAsync();
        await backup();
        await load.MoveEveryAsync();
        IReadOnlyList<WireRecord> seen = await client.AskAsync(Chat, "after the backup", load.Limit);
        await load.EndAsync();
        return new Witness(acknowledged, seen[^1].Sequence);
    }

    /// <summary>Everything acknowledged is where it was, the chat goes on, and a client that had read further waits at the tail.</summary>
    public async Task AssertIsRestoredAsync(ServerProcess restored)
    {
        using var limit = new CancellationTokenSource(_limit);
        using var client = new WireClient(restored.BaseUrl, restored.SecretKey);
        IReadOnlyList<WireRecord> answer = await client.AskAsync(Chat, "after the restore", limit.Token);
        IEnumerable<(string PartId, long Sequence)> stored = (await client.StoredInAsync(Chat, limit.Token)).Where(record => Acknowledged.ContainsKey(record.PartId));
        Assert.Equal(Acknowledged, stored.ToDictionary(static record => record.PartId, static record => record.Sequence));

        // Nothing old is sent to it again, and what is said from now on reaches it.
        Task<WireRecord> next = NextAsync(client, LaterCursor + 1000, limit.Token);
        while (!next.IsCompleted)
        {
            await client.AskAsync(Chat, "and on", answer[^1].Sequence, limit.Token);
        }

        Assert.True((await next).Sequence > answer[^1].Sequence, $"A client from beyond the tail was sent {await next} again.");
    }

    private static async Task<WireRecord> NextAsync(WireClient client, long after, CancellationToken cancellationToken)
    {
        while (true)
        {
            await foreach (WireRecord record in client.FollowAsync(Chat, "out", after, silence: 2, cancellationToken))
            {
                return record;
            }
        }
    }
}
