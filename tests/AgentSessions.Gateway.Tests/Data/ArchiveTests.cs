using System.Net;
using System.Text;
using System.Text.Json;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Gateway.Tests.Hosting;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Gateway.Tests.Data;

public sealed class ArchiveTests(GatewayServer server) : IClassFixture<GatewayServer>
{
    [Fact]
    public async Task Import_GivesBackWhatWasExported()
    {
        string id = Calls.NewId();
        await server.CreateAsync(id, extra: ""","tags":["a"],"metadata":{"userId":"u1"}""");
        await server.SendAsync("POST", Calls.ChannelPath(id, "in/append"), """{"kind":"message"}""");
        await server.SayAsync(id, "one", "two", "!turn-complete", "%");
        await server.SendAsync("POST", Calls.ChannelPath(id, "channels/side/out/append"), "hello");

        // Nothing is answered any more, so both are as they stay.
        await server.SendAsync("POST", Calls.SessionPath(id, "/close"), "{}");
        string archive = await ExportAsync(id);

        Answer imported = await server.SendAsync("POST", "/api/v1/sessions/import", archive, GatewayServer.OtherKey);

        Assert.True(imported.Status == HttpStatusCode.Created, imported.Text);
        Assert.Equal(Without(archive, "exportedAt"), Without(await ExportAsync(id, GatewayServer.OtherKey), "exportedAt"));
        Answer again = await server.SendAsync("POST", "/api/v1/sessions/import", archive, GatewayServer.OtherKey);
        Assert.Equal(HttpStatusCode.BadRequest, again.Status);
    }

    [Fact]
    public async Task Import_KeepsTheNumbersOfRecordsBehindATrim()
    {
        var key = new SessionKey(Calls.EnvironmentDefault, Calls.NewId());
        await server.CreateAsync(key.Key);
        await server.SayAsync(key.Key, "gone", "gone too", "kept");
        Assert.Equal(CommitOutcome.Committed, await server.Store.CommitAsync(new SessionCommit { Session = key, TrimOutBefore = new Cursor(2) }, default));
        string archive = await ExportAsync(key.Key);

        await server.SendAsync("POST", "/api/v1/sessions/import", archive, GatewayServer.OtherKey);

        StreamBounds bounds = await server.Store.GetBoundsAsync(StreamId.Out(key with { Environment = "other" }), default);
        Assert.Equal((2, 3), (bounds.Oldest.Value, bounds.Tail.Value));
    }

    [Theory]
    [InlineData("cut off", 0, "cut off")]
    [InlineData("no JSON", 1, "no line of an archive")]
    [InlineData("another kind first", 2, "must be a session")]
    [InlineData("nothing in it", 3, "is empty")]
    [InlineData("half a character", 4, "not valid Unicode")]
    [InlineData("no UTF-8", 5, "not valid Unicode")]
    public async Task Import_OfABrokenArchive_IsRefusedAndLeavesNothing(string why, int fault, string said)
    {
        string id = Calls.NewId();
        await server.CreateAsync(id, extra: ""","metadata":{"userId":"u1"}""");
        string[] lines = (await ExportAsync(id)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string archive = fault switch
        {
            0 => string.Join('\n', lines[..^1]),
            1 => string.Join('\n', lines.Prepend("nonsense")),
            3 => "\n",
            4 or 5 => string.Join('\n', lines).Replace("""{"userId":"u1"}""", fault == 4 ? """{"userId":"\ud800"}""" : "{\"userId\":\"\u00ff\"}"),
            _ => string.Join('\n', lines[1..]),
        };

        Answer answer = await server.SendAsync("POST", "/api/v1/sessions/import", Encoding.Latin1.GetBytes(archive), GatewayServer.OtherKey);

        Assert.True(answer.Status == HttpStatusCode.BadRequest, why);
        Assert.Contains(said, answer.Error);
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("GET", Calls.SessionPath(id), null, GatewayServer.OtherKey)).Status);
    }

    [Fact]
    public async Task Import_WithALineThatIsTooLong_IsRefusedBeforeItsEndIsRead()
    {
        await using TemporaryServer own = await TemporaryServer.StartAsync(("AgentSessions:Data:MaxImportLineBytes", "1024"));

        Answer answer = await own.Server.SendAsync("POST", "/api/v1/sessions/import", new string(' ', 1000) + "\n" + new string('0', 100_000));

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("Line 1 is no line of an archive", answer.Error);
        answer = await own.Server.SendAsync("POST", "/api/v1/sessions/import", new string('0', 100_000));
        Assert.Equal("Line 1 is longer than 1024 bytes", answer.Error);
    }

    [Fact]
    public async Task Import_OfAnArchiveThatAnEditorWrote_IsTaken()
    {
        string id = Calls.NewId();
        await server.CreateAsync(id);
        string archive = "\uFEFF" + (await ExportAsync(id)).Replace("\n", "\r\n\r\n");

        Answer answer = await server.SendAsync("POST", "/api/v1/sessions/import", archive, GatewayServer.OtherKey);

        Assert.True(answer.Status == HttpStatusCode.Created, answer.Text);
    }

    [Fact]
    public async Task Archives_NeedASecretKeyOrAnAdministratorToken()
    {
        string id = Calls.NewId();
        await server.CreateAsync(id);
        string token = server.TokenFor($"admin:sessions:{id}", $"read:sessions:{id}");

        Assert.Equal(HttpStatusCode.Forbidden, (await server.SendAsync("GET", Calls.SessionPath(id, "/export"), null, token)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await server.SendAsync("POST", "/api/v1/sessions/import", "{}", token)).Status);
        string archive = await ExportAsync(id, server.TokenFor("admin"));
        Assert.Equal(HttpStatusCode.BadRequest, (await server.SendAsync("POST", "/api/v1/sessions/import", archive, server.TokenFor("admin"))).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("GET", "/api/v1/webhooks", null, server.TokenFor("admin"))).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("GET", "/api/v1/webhooks/events", null, server.TokenFor("admin"))).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await server.SendAsync("GET", "/api/v1/webhooks/events", null, token)).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("PUT", Calls.SessionPath(id, "/legal-hold"), """{"reason":"asked"}""", server.TokenFor("admin"))).Status);
    }

    private async Task<string> ExportAsync(string id, string key = GatewayServer.Key)
    {
        Answer answer = await server.SendAsync("GET", Calls.SessionPath(id, "/export"), null, key);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return answer.Text;
    }

    private static string Without(string archive, string name) => string.Join('\n', archive.Split('\n').Select(line =>
    {
        if (line.Length == 0)
        {
            return line;
        }

        // A run that lived is ended by the import.
        var fields = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(line)!;
        string[] left = fields["kind"].GetString() == "run" ? [name, "status", "end", "finishedAt"] : [name];
        return JsonSerializer.Serialize(fields.Where(field => !left.Contains(field.Key)).ToDictionary());
    }));
}
