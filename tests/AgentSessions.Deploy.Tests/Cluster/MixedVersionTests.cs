using System.Text.Json.Nodes;
using AgentSessions.TestServer;
using Xunit.Abstractions;

namespace AgentSessions.Deploy.Tests.Cluster;

/// <summary>The current version and one that comes after it, in one cluster.</summary>
public sealed class MixedVersionTests(ITestOutputHelper output)
{
    private const int Old = 1;
    private const int New = 2;

    /// <summary>Enough that each node has some, whatever the dice say.</summary>
    private const int Chats = 12;

    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Conversations_BetweenTwoVersions_AreAnswered_AndWhatOneDoesNotKnowIsPassedOn()
    {
        string data = Directory.CreateTempSubdirectory("agent-sessions-versions-").FullName;
        try
        {
            // An event that cannot be read would otherwise be found in the store a little later.
            var settings = new Dictionary<string, string?> { ["AgentSessions__Orleans__PollInterval"] = "00:02:00", [$"SERVER_{New}"] = NextVersion.Server };
            await using LocalCluster cluster = await LocalCluster.StartAsync(data, settings, "--nodes", "2", "--demo-agents", "--secret-key", SharedCluster.SecretKey);
            using var limit = new CancellationTokenSource(_limit);
            using WireClient viaOld = new(cluster.Urls[Old - 1], SharedCluster.SecretKey);
            using WireClient viaNew = new(cluster.Urls[New - 1], SharedCluster.SecretKey);

            await Task.WhenAll(Enumerable.Range(0, Chats).Select(async i =>
            {
                await (i % 2 == 0 ? viaOld : viaNew).StartAsync($"mixed-{i}", "echo", limit.Token);
                await AskAsync(viaOld, i, "one", limit.Token);
                await AskAsync(viaNew, i, "two", limit.Token);
                await WriteUnknownAsync(cluster, viaOld, viaNew, i, "both", limit.Token);
                await AskAsync(viaOld, i, "three", limit.Token);
            }));

            Dictionary<string, int[]> read = await NextVersion.MessagesAsync(cluster.Urls[New - 1]);
            output.WriteLine(string.Join(", ", read.Select(static type => $"{type.Key}: {type.Value[0]} of the next version, {type.Value[1]} of the current one")));

            // An old gateway called a new node, a new gateway an old one, and each told the other's readers.
            Assert.All(["AppendText", "AppendedRecord", "StreamPush"], type => Assert.True(read[type][1] > 0, $"No {type} came from the current version."));

            // Every session moves from the old version to the new one. The schema has grown meanwhile, and the old version starts all the same.
            await cluster.StopNodeAsync(Old);
            await Task.WhenAll(Enumerable.Range(0, Chats).Select(i => AskAsync(viaNew, i, "four", limit.Token)));
            await cluster.StartNodeAsync(Old);
            await Task.WhenAll(Enumerable.Range(0, Chats).Select(i => CheckAsync([viaOld, viaNew], i, ["one", "two", "hologram", "three", "four"], limit.Token)));

            // And back.
            await cluster.StopNodeAsync(New);
            await Task.WhenAll(Enumerable.Range(0, Chats).Select(i => AskAsync(viaOld, i, "five", limit.Token)));
            await Task.WhenAll(Enumerable.Range(0, Chats).Select(i => CheckAsync([viaOld], i, ["one", "two", "hologram", "three", "four", "five"], limit.Token)));
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task AskAsync(WireClient client, int chat, string text, CancellationToken limit) =>
        Assert.EndsWith(text, Text(await client.AskAsync($"mixed-{chat}", text, limit)));

    /// <summary>Writes what the old version does not know, past it and through it, and finds it again by either.</summary>
    private static async Task WriteUnknownAsync(
        LocalCluster cluster, WireClient viaOld, WireClient viaNew, int chat, string mark, CancellationToken limit)
    {
        string id = $"mixed-{chat}";
        long input = await (chat % 2 == 0 ? viaOld : viaNew).AppendAsync(id, $$"""{"kind":"hologram","mark":"{{mark}}"}""", $"{id}-{mark}", limit);
        long first = await NextVersion.WriteAsync(cluster.Urls[New - 1], id, mark);
        foreach (WireClient client in (WireClient[])[viaOld, viaNew])
        {
            Assert.True(NextVersion.IsWritten(await TakeAsync(client, id, "out", first, 2, limit), mark));
            Assert.Contains("hologram", (await TakeAsync(client, id, "in", input, 1, limit))[0].Body);
        }
    }

    /// <summary>All show one log, in which every message stands once, in order, and was answered once.</summary>
    private static async Task CheckAsync(WireClient[] clients, int chat, string[] words, CancellationToken limit)
    {
        string id = $"mixed-{chat}";
        List<WireRecord> asked = await TakeAsync(clients[0], id, "in", 0, int.MaxValue, limit);
        Assert.Equal(words, asked.Select(Word));
        List<WireRecord> answered = await TakeAsync(clients[0], id, "out", 0, int.MaxValue, limit);
        string?[] boundaries = [.. answered.Where(static record => record.IsBoundary).Select(static record => record.Header("session-in-event-id"))];
        Assert.Equal(boundaries.Distinct(), boundaries);
        Assert.Equal($"{asked[^1].Sequence}", boundaries[^1]);
        foreach (WireClient other in clients[1..])
        {
            Assert.Equal(asked.Select(static record => record.Body), (await TakeAsync(other, id, "in", 0, int.MaxValue, limit)).Select(static record => record.Body));
            Assert.Equal(answered.Select(static record => record.Body), (await TakeAsync(other, id, "out", 0, int.MaxValue, limit)).Select(static record => record.Body));
        }
    }

    /// <summary>What a record of <c>in</c> says, or its kind.</summary>
    private static string Word(WireRecord record)
    {
        JsonNode said = JsonNode.Parse(JsonNode.Parse(record.Body)!["data"]!.GetValue<string>())!;
        return (said["payload"]?["message"]?["parts"]?[0]?["text"] ?? said["kind"])!.GetValue<string>();
    }

    private static string Text(IReadOnlyList<WireRecord> records) => string.Concat(records.Select(static record => record.Delta));

    /// <summary>Reads records from a sequence on: so many, or all there are.</summary>
    private static async Task<List<WireRecord>> TakeAsync(WireClient client, string chat, string io, long first, int count, CancellationToken limit)
    {
        var records = new List<WireRecord>();
        await foreach (WireRecord record in client.FollowAsync(chat, io, first - 1, silence: count == int.MaxValue ? 1 : 30, limit))
        {
            records.Add(record);
            if (records.Count == count)
            {
                break;
            }
        }

        return records;
    }
}
