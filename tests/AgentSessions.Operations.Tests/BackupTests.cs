using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using AgentSessions.TestPostgres;
using AgentSessions.TestServer;

namespace AgentSessions.Operations.Tests;

/// <summary>What docs/operations.md says about backups and moves, done step by step.</summary>
public sealed class BackupTests : IDisposable
{
    private static readonly byte[] _file = [0xFF, 0xFE, 0, 1, 2, 3];
    private readonly string _directory = Directory.CreateTempSubdirectory("backup-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task DataDirectory_CopiedAfterAStop_IsAServerOfThatMoment()
    {
        string original = Path.Combine(_directory, "original");
        await using ServerProcess server = await ServerProcess.StartAsync(original);
        using (var client = new WireClient(server.BaseUrl, server.SecretKey))
        {
            await client.StartAsync("kept", "echo", default);
            await client.AskAsync("kept", "before", default);
        }

        Assert.Equal(0, await server.StopAsync(TimeSpan.FromSeconds(60)));
        string copy = Path.Combine(_directory, "copy");
        foreach (string file in Directory.GetFiles(original, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(copy, Path.GetRelativePath(original, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        await using ServerProcess restored = await ServerProcess.StartAsync(copy);
        await AssertGoesOnAsync(restored);
    }

    [Fact]
    public async Task Backup_UnderLoad_HoldsWhatWasAcknowledgedBefore_AndIsAServer()
    {
        string data = Path.Combine(_directory, "busy");
        await using ServerProcess server = await ServerProcess.StartAsync(data, "--AgentSessions:Store:CheckpointAfterIdle=00:00:00.050");
        using HttpClient http = Client(server);
        string name = "";
        Witness witness = await Witness.UnderLoadAsync(server, async () =>
        {
            using HttpResponseMessage answer = await http.PostAsync("/api/v1/backups", content: null);
            Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
            name = JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("name").GetString()!;
        });

        await using ServerProcess restored = await ServerProcess.StartAsync(Path.Combine(data, "backups", name));
        await witness.AssertIsRestoredAsync(restored);
    }

    [PostgresFact]
    public async Task Dump_UnderLoad_HoldsWhatWasAcknowledgedBefore_AndIsAServer()
    {
        await using PrivatePostgres postgres = await PrivatePostgres.StartAsync();
        Witness witness;
        await using (ServerProcess server = await StartAsync("busy", await postgres.CreateDatabaseAsync()))
        {
            witness = await Witness.UnderLoadAsync(server, () => postgres.DumpAsync("test1", "copy"));
        }

        await using ServerProcess restored = await StartAsync("restored", postgres.ConnectionString("copy"));
        await witness.AssertIsRestoredAsync(restored);
    }

    [PostgresFact]
    public async Task Archive_MovesASessionFromFilesToPostgresAndADumpRestoresIt()
    {
        await using PrivatePostgres postgres = await PrivatePostgres.StartAsync();
        (string archive, string document) = await ConversationAsync();
        string database = await postgres.CreateDatabaseAsync();
        await using (ServerProcess server = await StartAsync("target", database))
        {
            using HttpClient http = Client(server);
            using HttpResponseMessage imported = await http.PostAsync("/api/v1/sessions/import", new StringContent(archive));
            imported.EnsureSuccessStatusCode();
            using var anybody = new HttpClient { BaseAddress = server.BaseUrl };
            Assert.Equal(_file, await anybody.GetByteArrayAsync($"/api/documents/{document}/file"));

            // A dump is consistent while the server works.
            await postgres.DumpAsync("test1", "copy");
            await AssertGoesOnAsync(server);
        }

        await using ServerProcess restored = await StartAsync("restored", postgres.ConnectionString("copy"));
        await AssertGoesOnAsync(restored);
    }

    /// <summary>An archive of a conversation that speaks of a document, and the document's id.</summary>
    private async Task<(string Archive, string Document)> ConversationAsync()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(Path.Combine(_directory, "source"));
        using var client = new WireClient(server.BaseUrl, server.SecretKey);
        using HttpClient http = Client(server);
        using var anybody = new HttpClient { BaseAddress = server.BaseUrl };
        using var file = new ByteArrayContent(_file);
        file.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using HttpResponseMessage uploaded = await anybody.PostAsync("/api/documents?name=plan.bin", file);
        string document = JsonElement.Parse(await uploaded.Content.ReadAsStringAsync()).GetProperty("id").GetString()!;
        await client.StartAsync("kept", "echo", default);
        await client.AskAsync("kept", $"see /api/documents/{document}/file", default);
        await client.AskAsync("kept", "before", default);
        return (await http.GetStringAsync("/api/v1/sessions/kept/export"), document);
    }

    /// <summary>The old answer is there under its number, and the conversation goes on.</summary>
    private static async Task AssertGoesOnAsync(ServerProcess server)
    {
        using var client = new WireClient(server.BaseUrl, server.SecretKey);

        // Read before the next message is sent, because the end of its answer trims what was before.
        List<WireRecord> earlier = [];
        await foreach (WireRecord record in client.FollowAsync("kept", "out", -1, silence: 60, default))
        {
            earlier.Add(record);
            if (record.IsBoundary && Text(earlier).EndsWith("You said: before", StringComparison.Ordinal))
            {
                break;
            }
        }

        Assert.EndsWith("You said: before", Text(earlier));
        IReadOnlyList<WireRecord> later = await client.AskAsync("kept", "after", earlier[^1].Sequence, default);
        Assert.Equal("You said: after", Text(later));
        Assert.All(earlier.Concat(later).Zip(earlier.Concat(later).Skip(1)), static pair => Assert.True(pair.First.Sequence < pair.Second.Sequence));
    }

    private static string Text(IEnumerable<WireRecord> records) => string.Concat(records.Select(static record => record.Delta));

    private Task<ServerProcess> StartAsync(string name, string connection) => ServerProcess.StartAsync(
        Path.Combine(_directory, name), "--AgentSessions:Store=Postgres", $"--AgentSessions:Postgres:ConnectionString={connection}");

    private static HttpClient Client(ServerProcess server)
    {
        var http = new HttpClient { BaseAddress = server.BaseUrl };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.SecretKey);
        return http;
    }
}
