using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Tests.Hosting;

namespace AgentSessions.Gateway.Tests.Data;

/// <summary>What is kept beside a session goes along in its archive, and nothing that an archive has no business with comes in.</summary>
public sealed class ArchivedValueTests(GatewayServer server) : IClassFixture<GatewayServer>
{
    private static readonly byte[] _content = [0xFF, 0, 1];

    private readonly string _user = "user-" + Guid.NewGuid().ToString("N");

    [Fact]
    public async Task Import_BringsDocumentsRulesHoldAndBudget()
    {
        (string id, string friendly) = await ConversationAsync();

        Answer imported = await server.SendAsync("POST", "/api/v1/sessions/import", await ExportAsync(id), GatewayServer.OtherKey);

        Assert.True(imported.Status == HttpStatusCode.Created, imported.Text);
        Assert.Equal(_content, (await FindAsync("document-contents", Name("doc-spoken-of")))!.Value.ToArray());
        Assert.Contains("plan.bin", Encoding.UTF8.GetString((await FindAsync("documents", Name("doc-spoken-of")))!.Value.Span), StringComparison.Ordinal);
        Assert.Null(await FindAsync("documents", Name("doc-of-others")));
        Assert.Equal("Bash(command:ls *)", Encoding.UTF8.GetString((await FindAsync("permission-rules", Name("Bash(command:ls *)")))!.Value.Span));
        Assert.NotNull(await FindAsync("budgets", $"session/{friendly}"));
        Assert.Equal("asked", (await server.SendAsync("GET", Calls.SessionPath(id, "/legal-hold"), null, GatewayServer.OtherKey)).Field("reason"));
        Assert.Equal(new SessionKey("other", id), (await FindAsync("budgets", $"session/{friendly}"))!.Owner);
    }

    [Fact]
    public async Task Import_LeavesWhatIsThereAlready()
    {
        (string id, _) = await ConversationAsync();
        await PutAsync("other", "document-contents", Name("doc-spoken-of"), [7]);

        await server.SendAsync("POST", "/api/v1/sessions/import", await ExportAsync(id), GatewayServer.OtherKey);

        Assert.Equal([7], (await FindAsync("document-contents", Name("doc-spoken-of")))!.Value.ToArray());
    }

    [Theory]
    [InlineData("documents", "other user's", "{}", null)]
    [InlineData("permission-rules", "rule of another text", "Bash", null)]
    [InlineData("session-secrets", "unknown", "x", null)]
    [InlineData("budgets", "session/session_another", "{}", null)]
    [InlineData("legal-holds", "", "not JSON", null)]
    [InlineData("legal-holds", "", "x", "eA==")]
    [InlineData("legal-holds", "", null, "no base64")]
    [InlineData("legal-holds", "", null, null)]
    public async Task Import_OfAForeignOrBrokenValue_IsRefusedAndChangesNothing(string space, string name, string? text, string? base64)
    {
        (string id, _) = await ConversationAsync();
        string[] lines = (await ExportAsync(id)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string bad = new JsonObject
        {
            ["kind"] = "value",
            ["space"] = space,
            ["name"] = name.Length > 0 ? name : id,
            ["owned"] = false,
            ["text"] = text,
            ["base64"] = base64,
        }.ToJsonString();
        string end = JsonSerializer.Serialize(new { kind = "end", lines = lines.Length });

        Answer answer = await server.SendAsync("POST", "/api/v1/sessions/import", string.Join('\n', [.. lines[..^1], bad, end]), GatewayServer.OtherKey);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains($"Line {lines.Length}", answer.Error);
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("GET", Calls.SessionPath(id), null, GatewayServer.OtherKey)).Status);
        Assert.Null(await FindAsync("document-contents", Name("doc-spoken-of")));
        Assert.Null(await FindAsync("permission-rules", Name("Bash(command:ls *)")));
        Assert.Null(await FindAsync("legal-holds", id));
    }

    /// <summary>A session of the user that speaks of one of two documents, with a rule, a hold and a budget.</summary>
    private async Task<(string Id, string Friendly)> ConversationAsync()
    {
        string id = Calls.NewId();
        JsonElement created = await server.CreateAsync(id, extra: $$$""","metadata":{"userId":"{{{_user}}}"}""");
        string friendly = created.GetProperty("id").GetString()!;
        await server.SendAsync("POST", Calls.ChannelPath(id, "in/append"), """{"kind":"message","payload":{"text":"see /api/documents/doc-spoken-of/file"}}""");
        foreach (string document in new[] { "doc-spoken-of", "doc-of-others" })
        {
            await PutAsync("default", "document-contents", Name(document), _content);
            await PutAsync("default", "documents", Name(document), JsonSerializer.SerializeToUtf8Bytes(new { id = document, name = "plan.bin", mediaType = "application/octet-stream", size = 3, at = 1 }));
        }

        await PutAsync("default", "permission-rules", Name("Bash(command:ls *)"), "Bash(command:ls *)"u8.ToArray());
        await PutAsync("default", "budgets", $"session/{friendly}", """{"limits":{"tokens":5},"used":{"tokens":3},"held":{}}"""u8.ToArray(), new SessionKey("default", id));
        await server.SendAsync("PUT", Calls.SessionPath(id, "/legal-hold"), """{"reason":"asked"}""");
        return (id, friendly);
    }

    private async Task<string> ExportAsync(string id)
    {
        Answer answer = await server.SendAsync("GET", Calls.SessionPath(id, "/export"), null);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return answer.Text;
    }

    private async Task PutAsync(string environment, string space, string name, byte[] value, SessionKey? owner = null) =>
        await server.Store.PutAsync(new StatePut(new StateKey(environment, space, name), value, owner), expectedVersion: null, default);

    private ValueTask<StateEntry?> FindAsync(string space, string name) => server.Store.GetAsync(new StateKey("other", space, name), default);

    private string Name(string id) => $"{Hash(_user)}/{Hash(id)}";

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
}
