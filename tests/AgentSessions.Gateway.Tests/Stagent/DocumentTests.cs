using System.Net;
using System.Text;
using System.Text.Json;
using AgentSessions.Gateway.Documents;
using AgentSessions.Gateway.Tests.Hosting;

namespace AgentSessions.Gateway.Tests.Stagent;

/// <summary>Files: what is stored, who may fetch it, and the pictures that agents make.</summary>
public sealed class DocumentTests(StagentServer server) : IClassFixture<StagentServer>
{
    [Fact]
    public async Task Document_IsServedToItsOwnerOnly()
    {
        string path = await UploadAsync(Encoding.UTF8.GetBytes("some text"), "text/plain", StagentServer.Alice);

        Answer own = await server.SendAsync("GET", path, token: StagentServer.Alice);

        Assert.Equal((HttpStatusCode.OK, "some text", "nosniff"), (own.Status, own.Text, own.Header("X-Content-Type-Options")));
        Assert.StartsWith("attachment", own.Header("Content-Disposition"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("GET", path, token: StagentServer.Bob)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("GET", path, token: null)).Status);
    }

    [Fact]
    public async Task Form_IsTaken_AndScriptsAreNeverShown()
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent("<script>"u8.ToArray()) { Headers = { ContentType = new("text/html") } }, "file", "../page.html" } };
        using HttpResponseMessage response = await server.Http.PostAsync("/api/documents", form);
        JsonElement document = JsonElement.Parse(await response.Content.ReadAsStringAsync());

        Answer page = await server.SendAsync("GET", $"{document.GetProperty("url").GetString()}?inline=1", token: null);

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal("page.html", document.GetProperty("name").GetString());
        Assert.StartsWith("attachment", page.Header("Content-Disposition"), StringComparison.Ordinal);
        Assert.Equal("sandbox; default-src 'none'", page.Header("Content-Security-Policy"));
    }

    [Fact]
    public async Task Form_WhoseTypeCannotBeAHeader_IsServedAsThePlainType()
    {
        byte[] body = Encoding.UTF8.GetBytes("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain; name=\"é\"\r\n\r\nhello\r\n--b--\r\n");
        using var form = new ByteArrayContent(body) { Headers = { ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse("multipart/form-data; boundary=b") } };
        using HttpResponseMessage response = await server.Http.PostAsync("/api/documents", form);
        JsonElement document = JsonElement.Parse(await response.Content.ReadAsStringAsync());

        Answer file = await server.SendAsync("GET", document.GetProperty("url").GetString()!, token: null);

        Assert.Equal((HttpStatusCode.OK, "hello", "text/plain"), (file.Status, file.Text, file.Header("Content-Type")));
    }

    [Fact]
    public async Task Document_OverTheLimit_IsRefused_AndNothingIsStored()
    {
        await using StagentServerHandle small = await StagentServerHandle.NewAsync(("AgentSessions:Documents:MaxBytes", "1024"));

        Answer raw = await small.Server.SendAsync("POST", "/api/documents", new byte[1025], null, ("X-Any", "1"));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, raw.Status);
        Assert.Equal("""{"results":[]}""", (await small.Server.SendAsync("GET", "/api/chat/entities/search?q=document", token: null)).Text);
    }

    [Fact]
    public async Task Thumbnail_IsAtMost800PixelsWide()
    {
        string path = await UploadAsync(StagentServer.Picture, "image/png", token: null);

        byte[] small = await server.Http.GetByteArrayAsync($"{path}?inline=1&thumb=1");
        byte[] whole = await server.Http.GetByteArrayAsync($"{path}?inline=1");

        Assert.Equal((800, 1), ImageSize.Of(small));
        Assert.Equal(StagentServer.Picture, whole);
    }

    [Fact]
    public async Task Picture_OfAnAgent_IsAnEvent_AnAttachment_AndADocument()
    {
        string id = await server.NewAsync("picture");

        List<JsonElement> events = await server.ChatAsync(id, new { content = "draw" });

        JsonElement shown = events.Single(static item => StagentCalls.TypeOf(item) == "screenshot");
        Assert.Equal(["type", "documentId", "thumbnailUrl", "originalUrl", "width", "height"], shown.EnumerateObject().Select(static field => field.Name));
        Assert.Equal((1000, 2), (shown.GetProperty("width").GetInt32(), shown.GetProperty("height").GetInt32()));
        Row row = (await server.HistoryAsync(id))[1];
        JsonElement attachment = row.Metadata!.Value.GetProperty("attachments")[0];
        Assert.Equal(
            shown.EnumerateObject().Skip(1).Select(static field => $"{field.Name}={field.Value}"), attachment.EnumerateObject().Select(static field => $"{field.Name}={field.Value}"));
        Assert.Equal(StagentServer.Picture, await server.Http.GetByteArrayAsync(attachment.GetProperty("originalUrl").GetString()));
        Assert.Equal((800, 1), ImageSize.Of(await server.Http.GetByteArrayAsync(attachment.GetProperty("thumbnailUrl").GetString())));
        await server.SendAsync("DELETE", $"{StagentCalls.Conversations}/{id}", token: null);
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("GET", attachment.GetProperty("originalUrl").GetString()!, token: null)).Status);
    }

    [Fact]
    public async Task Picture_InAFullEnvironment_IsLeftOut_AndTheConversationStaysReadable()
    {
        // The agents' engine of these tests is not bounded, so only what is kept beside it finds no room.
        await using StagentServerHandle full = await StagentServerHandle.NewAsync(("AgentSessions:MaxStoredBytes", "1"));
        string id = await full.Server.NewAsync("picture");

        List<JsonElement> events = await full.Server.ChatAsync(id, new { content = "draw" });

        Assert.DoesNotContain(events, static item => StagentCalls.TypeOf(item) == "screenshot");
        Assert.Equal("done", StagentCalls.TypeOf(events[^1]));
        Assert.Equal(["complete", "complete"], (await full.Server.HistoryAsync(id)).Select(static row => row.Status));
        Assert.Equal("2", (await full.Server.SendAsync("GET", $"{StagentCalls.Conversations}/{id}", token: null)).Field("messageCount"));
    }

    [Fact]
    public async Task Pictures_OfAgents_DoNotCountAsUploads_AndAllAreSearched_TheNewestFirst()
    {
        await using StagentServerHandle own = await StagentServerHandle.NewAsync(("AgentSessions:Documents:MaxCount", "2"));
        for (int i = 0; i < 4; i++)
        {
            await own.Server.ChatAsync(await own.Server.NewAsync("picture"), new { content = "draw" });
        }

        List<HttpStatusCode> uploads = [];
        foreach (string name in new[] { "file1", "file2", "file3" })
        {
            own.Server.Clock.Advance(TimeSpan.FromSeconds(1));
            uploads.Add((await own.Server.SendAsync("POST", $"/api/documents?name={name}", "x"u8.ToArray(), token: null)).Status);
        }

        Assert.Equal([HttpStatusCode.Created, HttpStatusCode.Created, HttpStatusCode.Conflict], uploads);
        JsonElement found = (await own.Server.SendAsync("GET", "/api/chat/entities/search?limit=30", token: null)).Json.GetProperty("results");
        Assert.Equal(
            ["file2", "file1", "screenshot", "screenshot"],
            found.EnumerateArray().Where(static item => item.GetProperty("entityType").GetString() == "document").Select(static item => item.GetProperty("label").GetString()));
    }

    private async Task<string> UploadAsync(byte[] content, string mediaType, string? token)
    {
        using HttpRequestMessage request = Calls.NewRequest("POST", "/api/documents?name=file", content, token);
        request.Content!.Headers.ContentType = new(mediaType);
        using HttpResponseMessage response = await server.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return JsonElement.Parse(await response.Content.ReadAsStringAsync()).GetProperty("url").GetString()!;
    }
}
