using System.Net;
using AgentSessions.Gateway.Tests.Hosting;
using Microsoft.Extensions.AI;

namespace AgentSessions.Gateway.Tests.Attachments;

/// <summary>Files beside a session: who may store and read them, and that the agent gets their bytes.</summary>
public sealed class AttachmentTests(AttachmentServer server) : IClassFixture<AttachmentServer>
{
    private static readonly byte[] _picture = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3];

    [Fact]
    public async Task Agent_GetsTheBytes_ThisTurnAndTheNext_AndTheMessageStaysSmall()
    {
        string id = await NewAsync();
        string url = (await AttachAsync(id, _picture)).Field("url")!;

        IReadOnlyList<AIContent> first = await SayAsync(id, FilePart(url));
        IReadOnlyList<AIContent> second = await SayAsync(id, """{"type":"text","text":"and again?"}""");

        foreach (IReadOnlyList<AIContent> seen in new[] { first, second })
        {
            DataContent data = Assert.Single(seen.OfType<DataContent>());
            Assert.Equal(("image/png", "cat.png"), (data.MediaType, data.Name));
            Assert.Equal(_picture, data.Data.ToArray());
        }

        Answer records = await server.SendAsync("GET", Calls.ChannelPath(id, "in/records"));
        Assert.Contains(url, records.Text);
        Assert.DoesNotContain("base64", records.Text);
    }

    [Fact]
    public async Task Agent_IsToldOfAFileThatIsGone()
    {
        string id = await NewAsync();

        IReadOnlyList<AIContent> seen = await SayAsync(id, FilePart($"attachment:{id}/{Guid.NewGuid():n}"));

        Assert.Empty(seen.OfType<DataContent>());
        Assert.Contains(seen.OfType<TextContent>(), static text => text.Text.Contains("not available", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Attachment_IsReadWithATokenOfItsSessionOnly_AndDeletedWithIt()
    {
        string id = await NewAsync();
        string other = await NewAsync();
        Answer stored = await AttachAsync(id, _picture, server.TokenFor($"write:sessions:{id}"));
        string path = Calls.SessionPath(id, $"/attachments/{stored.Field("id")}");

        Answer read = await server.SendAsync("GET", path, token: server.TokenFor($"read:sessions:{id}"));

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK), (stored.Status, read.Status));
        Assert.Equal(("nosniff", "image/png"), (read.Header("X-Content-Type-Options"), read.Header("Content-Type")));
        Assert.Equal(HttpStatusCode.Forbidden, (await server.SendAsync("GET", path, token: server.TokenFor($"read:sessions:{other}"))).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await AttachAsync(id, _picture, server.TokenFor($"read:sessions:{id}"))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("GET", Calls.SessionPath(other, $"/attachments/{stored.Field("id")}"))).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await AttachAsync(id, _picture, token: null)).Status);

        await server.SendAsync("DELETE", Calls.SessionPath(id));
        await server.CreateAsync(id);
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("GET", path)).Status);
    }

    [Fact]
    public async Task Archive_BringsAttachments_WhichGoWithTheSessionThere()
    {
        string id = await NewAsync();
        string path = Calls.SessionPath(id, $"/attachments/{(await AttachAsync(id, _picture)).Field("id")}");
        string archive = (await server.SendAsync("GET", Calls.SessionPath(id, "/export"))).Text;

        Answer imported = await server.SendAsync("POST", "/api/v1/sessions/import", archive, GatewayServer.OtherKey);

        Assert.True(imported.Status == HttpStatusCode.Created, imported.Text);
        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("GET", path, null, GatewayServer.OtherKey)).Status);
        await server.SendAsync("DELETE", Calls.SessionPath(id), null, GatewayServer.OtherKey);
        await server.CreateAsync(id, GatewayServer.OtherKey);
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("GET", path, null, GatewayServer.OtherKey)).Status);
    }

    [Fact]
    public async Task Attachment_ThatCouldRun_IsNotShown()
    {
        string id = await NewAsync();
        Answer stored = await AttachAsync(id, "<script>"u8.ToArray(), type: "text/html", name: "../a.html");

        Answer read = await server.SendAsync("GET", Calls.SessionPath(id, $"/attachments/{stored.Field("id")}"));

        Assert.Equal("a.html", stored.Field("filename"));
        Assert.Equal("application/octet-stream", read.Header("Content-Type"));
        Assert.StartsWith("attachment", read.Header("Content-Disposition"), StringComparison.Ordinal);
        Assert.Equal("sandbox; default-src 'none'", read.Header("Content-Security-Policy"));
    }

    [Fact]
    public async Task Attachments_HaveLimits()
    {
        string id = await NewAsync();

        Assert.Equal(HttpStatusCode.BadRequest, (await AttachAsync(id, [])).Status);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await AttachAsync(id, new byte[2049])).Status);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(HttpStatusCode.Created, (await AttachAsync(id, _picture)).Status);
        }

        Assert.Equal(HttpStatusCode.Conflict, (await AttachAsync(id, _picture)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await AttachAsync("nobody-has-this", _picture)).Status);
    }

    private static string FilePart(string url) => $$"""{"type":"file","mediaType":"image/png","filename":"cat.png","url":"{{url}}"}""";

    private async Task<string> NewAsync()
    {
        string id = Calls.NewId("attach");
        await server.CreateAsync(id);
        return id;
    }

    private async Task<IReadOnlyList<AIContent>> SayAsync(string id, string part)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        string message = $$"""{"id":"{{Guid.NewGuid():n}}","role":"user","parts":[{{part}}]}""";
        string body = $$"""{"kind":"message","payload":{"chatId":"{{id}}","trigger":"submit-message","message":{{message}} } }""";
        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("POST", Calls.ChannelPath(id, "in/append"), body)).Status);
        return await server.NextAsync(limit.Token);
    }

    private async Task<Answer> AttachAsync(string id, byte[] content, string? token = GatewayServer.Key, string type = "image/png", string name = "cat.png")
    {
        using HttpRequestMessage request = Calls.NewRequest("POST", Calls.SessionPath(id, $"/attachments?name={Uri.EscapeDataString(name)}"), content, token);
        request.Content!.Headers.ContentType = new(type);
        using HttpResponseMessage response = await server.Http.SendAsync(request);
        return new Answer(response.StatusCode, response.Headers, response.Content.Headers, await response.Content.ReadAsStringAsync());
    }
}
