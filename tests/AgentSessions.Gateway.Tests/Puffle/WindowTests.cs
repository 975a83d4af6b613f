using System.Text.Json;
using AgentSessions.Gateway.Tests.Hosting;

namespace AgentSessions.Gateway.Tests.Puffle;

/// <summary>One conversation through two windows: Puffle's and the native protocol's.</summary>
public sealed class WindowTests(PuffleServer server) : IClassFixture<PuffleServer>
{
    [Fact]
    public async Task NativeSession_IsOpenedAndAnsweredInPuffle_AndSeenNatively()
    {
        string id = Guid.NewGuid().ToString();
        await server.CreateAsync(id, extra: ",\"metadata\":{\"userId\":\"alice\",\"title\":\"Native\"}");
        await server.SendAsync("POST", Calls.ChannelPath(id, "in/append"), Message(id, "m1", "natively"));

        Answer answer = await server.PostAsync("/sync", new { message = "in Puffle", conversationId = id });

        Assert.Equal(["user:natively", "assistant:You said: natively", "user:in Puffle", "assistant:You said: in Puffle"], answer.Log());
        Answer transcript = await server.SendAsync("GET", Calls.SessionPath(id, "/transcript"));
        Assert.Equal(
            ["natively", "You said: natively", "in Puffle", "You said: in Puffle"],
            transcript.Json.GetProperty("messages").EnumerateArray().Select(TextOf));
    }

    [Fact]
    public async Task NativeAppend_DuringARun_WaitsItsTurn()
    {
        (string run, string conversation) = await server.StartAsync(new { message = "busy" }, "gate");
        await server.UntilAsync(run, "running");
        await server.SendAsync("POST", Calls.ChannelPath(conversation, "in/append"), Message(conversation, "m2", "queued"));
        (string last, _) = await server.StartAsync(new { message = "last", conversationId = conversation });
        server.Open("busy");
        server.Open("queued");

        Answer done = await server.UntilAsync(last, "completed");

        Assert.Equal(["user:busy", "assistant:in out", "user:queued", "assistant:in out", "user:last", "assistant:You said: last"], done.Log());
    }

    [Fact]
    public async Task Label_IsTheTitle_OfTheFirstHundredCharacters()
    {
        string text = "line\n" + new string('x', 94) + "🚀" + new string('y', 50);
        (_, string conversation) = await server.StartAsync(new { message = text });

        JsonElement metadata = (await server.SendAsync("GET", Calls.SessionPath(conversation))).Json.GetProperty("metadata");

        Assert.Equal("line " + new string('x', 94), metadata.GetProperty("title").GetString());
        Assert.Equal("alice", metadata.GetProperty("userId").GetString());
    }

    private static string Message(string chat, string id, string text) => JsonSerializer.Serialize(new
    {
        kind = "message",
        payload = new { chatId = chat, trigger = "submit-message", message = new { id, role = "user", parts = new[] { new { type = "text", text } } } },
    });

    private static string TextOf(JsonElement message) => string.Concat(
        message.GetProperty("parts").EnumerateArray().Where(static part => part.GetProperty("type").GetString() == "text").Select(static part => part.GetProperty("text").GetString()));
}
