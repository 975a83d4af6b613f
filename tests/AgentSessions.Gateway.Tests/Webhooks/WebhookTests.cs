using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.Gateway.Tests.Hosting;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Gateway.Tests.Webhooks;

public sealed class WebhookTests : IAsyncLifetime
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr";
    private TemporaryServer _server = null!;

    public async Task InitializeAsync() => _server = await TemporaryServer.StartAsync(
        ("AgentSessions:InboundWebhooks:shop:Secret", Secret), ("AgentSessions:InboundWebhooks:shop:SessionField", "data.chatId"), ("AgentSessions:InboundWebhooks:shop:ActionType", "shop-event"));

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task ASignedEvent_BecomesAMarkedAction_AndARepeatIsTakenOnce()
    {
        string id = Calls.NewId("hook");
        await _server.Server.CreateAsync(id);
        string body = $$$"""{"type":"order.paid","data":{"chatId":"{{{id}}}","order":7}}""";

        Answer first = await PostAsync("evt_1", body);
        Answer again = await PostAsync("evt_1", body);

        Assert.Equal(HttpStatusCode.OK, first.Status);
        Assert.Equal(("False", "True"), (first.Field("repeat"), again.Field("repeat")));
        JsonElement payload = Assert.Single(await PayloadsAsync(id));
        Assert.Equal("webhook", payload.GetProperty("actionSource").GetString());
        Assert.Equal("shop-event", payload.GetProperty("action").GetProperty("type").GetString());
        Assert.Equal(7, payload.GetProperty("action").GetProperty("event").GetProperty("data").GetProperty("order").GetInt32());
    }

    [Fact]
    public async Task WhatIsNotSignedRight_OrOld_OrChanged_IsRefused()
    {
        string id = Calls.NewId("hook");
        await _server.Server.CreateAsync(id);
        string body = $$$"""{"data":{"chatId":"{{{id}}}"}}""";
        DateTimeOffset now = _server.Server.Clock.GetUtcNow();

        Assert.Equal(HttpStatusCode.Unauthorized, (await PostAsync("evt_2", body, signed: body + " ")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await PostAsync("evt_2", body, at: now.AddMinutes(-6))).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await PostAsync("evt_2", body, at: now.AddMinutes(6))).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await PostAsync("evt_2", body, secret: "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync("evt_2", """{"data":{}}""")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync("evt_2", body, name: "unknown")).Status);
        Assert.Empty(await PayloadsAsync(id));
    }

    [Fact]
    public async Task AForgedMark_IsTakenAway()
    {
        string id = Calls.NewId("hook");
        await _server.Server.CreateAsync(id);

        await _server.Server.SendAsync(
            "POST", Calls.ChannelPath(id, "in/append"), """{"kind":"message","payload":{"trigger":"action","actionSource":"webhook","action":{"type":"x"}}}""");

        Assert.False(Assert.Single(await PayloadsAsync(id)).TryGetProperty("actionSource", out _));
    }

    [Fact]
    public async Task APublicToken_CannotSayWhoseSessionItIs()
    {
        string id = Calls.NewId("owned");
        await _server.Server.CreateAsync(id, extra: ",\"metadata\":{\"userId\":\"ann\"}");
        string token = _server.Server.TokenFor("write:sessions", "read:sessions");

        Answer changed = await _server.Server.SendAsync("POST", "/api/v1/sessions", Calls.CreateBody(id, ",\"metadata\":{\"userId\":\"bob\",\"k\":1}"), token);
        Answer made = await _server.Server.SendAsync("POST", "/api/v1/sessions", Calls.CreateBody(Calls.NewId("owned"), ",\"metadata\":{\"userId\":\"bob\"}"), token);

        Assert.Equal("ann", changed.Json.GetProperty("metadata").GetProperty("userId").GetString());
        Assert.Equal(1, changed.Json.GetProperty("metadata").GetProperty("k").GetInt32());
        Assert.False(made.Json.GetProperty("metadata").TryGetProperty("userId", out _));
    }

    private Task<Answer> PostAsync(
        string id, string body, string? signed = null, DateTimeOffset? at = null, string secret = Secret, string name = "shop")
    {
        string timestamp = (at ?? _server.Server.Clock.GetUtcNow()).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        byte[] key = Convert.FromBase64String(secret["whsec_".Length..]);
        string signature = Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{id}.{timestamp}.{signed ?? body}")));
        return _server.Server.SendAsync(
            "POST", $"/api/v1/webhooks/{name}", body, token: null,
            ("webhook-id", id), ("webhook-timestamp", timestamp), ("webhook-signature", $"v1,AAAA v1,{signature}"));
    }

    private async Task<IReadOnlyList<JsonElement>> PayloadsAsync(string id)
    {
        RecordBatch? batch = await _server.Server.Engine.ReadAsync(StreamId.In(new SessionKey(Calls.EnvironmentDefault, id)), Cursor.Start, 1024 * 1024, CancellationToken.None);
        return [.. batch?.Decode().Select(static record => JsonElement.Parse(JsonElement.Parse(record.Body).GetProperty("data").GetString()!).GetProperty("payload")) ?? []];
    }
}
