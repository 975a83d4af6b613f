using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AgentSessions.TestServer;

namespace AgentSessions.Deploy.Tests.Proxy;

/// <summary>What <c>deploy/nginx.conf</c> promises, through the real thing.</summary>
public sealed class NginxTests(NginxProxy proxy) : IClassFixture<NginxProxy>
{
    private const int Mebibyte = 1024 * 1024;
    private readonly string _chat = $"chat-{Guid.NewGuid():N}";

    [NginxFact]
    public async Task Stream_IsPassedOnAsItComes()
    {
        using HttpClient http = proxy.NewClient(proxy.SecretKey);
        await StartAsync(http, _chat, "slow");
        await AppendAsync(http, _chat, Message("go"));
        using HttpResponseMessage response = await http.GetAsync($"/realtime/v1/sessions/{_chat}/out", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());

        // Held back it would be read when the last word was long said.
        string said = await UntilAsync(reader, "text-delta");
        await AppendAsync(http, _chat, """{"kind":"stop"}""");
        said += await UntilAsync(reader, "turn-complete");

        Assert.Equal("no-cache, no-transform", string.Join(", ", response.Headers.CacheControl!.ToString().Split(", ").Order()));
        Assert.DoesNotContain("199 ", said, StringComparison.Ordinal);
    }

    [NginxFact]
    public async Task Client_ThatLeaves_IsSeenToLeave()
    {
        using HttpClient http = proxy.NewClient(NginxProxy.UserToken);
        using HttpResponseMessage made = await http.PostAsJsonAsync("/api/chat/conversations", new { runtimeId = "claude-code", modelId = "slow" });
        string messages = $"/api/chat/conversations/{(await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()}/messages";
        using (var request = new HttpRequestMessage(HttpMethod.Post, messages) { Content = JsonContent.Create(new { content = "go" }), Version = HttpVersion.Version20 })
        using (HttpResponseMessage turn = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead))
        using (var reader = new StreamReader(await turn.Content.ReadAsStreamAsync()))
        {
            await UntilAsync(reader, "\"delta\"");
        }

        JsonElement answer = await Eventually.HoldsAsync(
            async () => (await http.GetFromJsonAsync<JsonElement>(messages))[1], static row => row.GetProperty("status").ValueEquals("complete"), "the end of the turn");
        Assert.DoesNotContain("199 ", answer.GetProperty("content").GetString(), StringComparison.Ordinal);
    }

    [NginxFact]
    public async Task Bodies_UpToTheLimits_ReachTheServer_AndLargerOnesAreRefusedForBrowsersToRead()
    {
        using HttpClient http = proxy.NewClient(proxy.SecretKey);
        using HttpClient user = proxy.NewClient(NginxProxy.UserToken);
        await StartAsync(http, _chat, "echo");
        string append = $"/realtime/v1/sessions/{_chat}/in/append";

        using HttpResponseMessage file = await user.PostAsync("/api/documents?name=large.bin", new ByteArrayContent(new byte[20 * Mebibyte]));
        using HttpResponseMessage refused = await http.PostAsync(append, new ByteArrayContent(new byte[4 * Mebibyte]));
        using HttpResponseMessage beyond = await AnnounceAsync(http, append, 65L * Mebibyte);
        using HttpResponseMessage archive = await http.PostAsync("/api/v1/sessions/import", new ByteArrayContent([.. Enumerable.Repeat((byte)'\n', 70 * Mebibyte)]));
        using HttpResponseMessage enormous = await AnnounceAsync(http, "/api/v1/sessions/import", 257L * Mebibyte);

        Assert.True(file.IsSuccessStatusCode, await file.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.BadRequest, archive.StatusCode);
        Assert.Contains("archive is empty", await archive.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        foreach (HttpResponseMessage answer in new[] { refused, beyond, enormous })
        {
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
            Assert.Equal("*", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
            Assert.Equal("too_large", (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString());
        }
    }

    [NginxFact]
    public async Task Callers_AreNotTakenForThisMachine_NorForWhatTheySayTheyAre()
    {
        using HttpClient http = proxy.NewClient(proxy.SecretKey);
        await StartAsync(http, _chat, "echo");
        foreach ((string name, string value) in new[]
            { ("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Proto", "http"), ("Forwarded", "for=127.0.0.1;host=evil.example") })
        {
            http.DefaultRequestHeaders.TryAddWithoutValidation(name, value);
        }

        JsonElement snapshot = await http.GetFromJsonAsync<JsonElement>($"/api/v1/sessions/{_chat}/snapshot-url");
        http.DefaultRequestHeaders.Authorization = null;
        using HttpResponseMessage chat = await http.GetAsync("/api/chat/conversations");
        using HttpResponseMessage page = await http.GetAsync("/chat/agents");

        Assert.StartsWith($"https://{NginxProxy.Host}/", snapshot.GetProperty("presignedUrl").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, chat.StatusCode);
        Assert.False(page.IsSuccessStatusCode);
    }

    [NginxFact]
    public async Task Paths_AndPreflights_ArriveAsTheyWereSent()
    {
        using HttpClient http = proxy.NewClient(proxy.SecretKey);
        await StartAsync(http, $"a/{_chat}", "echo");

        using HttpResponseMessage once = await http.GetAsync($"/api/v1/sessions/a%2F{_chat}");
        using HttpResponseMessage twice = await http.GetAsync($"/api/v1/sessions/a%252F{_chat}");
        http.DefaultRequestHeaders.Authorization = null;
        using var ask = new HttpRequestMessage(HttpMethod.Options, $"/realtime/v1/sessions/{_chat}/in/append")
        {
            Version = HttpVersion.Version20,
            Headers = { { "Origin", "https://app.example" }, { "Access-Control-Request-Method", "POST" }, { "Access-Control-Request-Headers", "authorization,x-part-id" } },
        };
        using HttpResponseMessage preflight = await http.SendAsync(ask);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), (once.StatusCode, twice.StatusCode));
        Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
        Assert.Equal("authorization,x-part-id", Assert.Single(preflight.Headers.GetValues("Access-Control-Allow-Headers")));
    }

    private static async Task StartAsync(HttpClient http, string chat, string agent)
    {
        object start = new { type = "chat.agent", externalId = chat, taskIdentifier = agent, triggerConfig = new { basePayload = new { chatId = chat, trigger = "preload" } } };
        using HttpResponseMessage answer = await http.PostAsJsonAsync("/api/v1/sessions", start);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    private static async Task AppendAsync(HttpClient http, string chat, string text)
    {
        using HttpResponseMessage answer = await http.PostAsync($"/realtime/v1/sessions/{chat}/in/append", new StringContent(text));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private string Message(string text) => JsonSerializer.Serialize(new
    {
        kind = "message",
        payload = new { chatId = _chat, trigger = "submit-message", message = new { id = "m1", role = "user", parts = new[] { new { type = "text", text } } } },
    });

    /// <summary>Announces a body and sends nothing of it unless it is asked to.</summary>
    private static Task<HttpResponseMessage> AnnounceAsync(HttpClient http, string path, long length) => http.SendAsync(new HttpRequestMessage(HttpMethod.Post, path)
    {
        Version = HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        Headers = { ExpectContinue = true },
        Content = new StreamContent(Stream.Null) { Headers = { ContentLength = length } },
    });

    /// <summary>Reads lines until one has this in it, and answers them.</summary>
    private static async Task<string> UntilAsync(StreamReader reader, string text)
    {
        var read = new System.Text.StringBuilder();
        while (await reader.ReadLineAsync() is { } line)
        {
            read.AppendLine(line);
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return read.ToString();
            }
        }

        throw new EndOfStreamException($"The stream ended before {text}: {read}");
    }
}
