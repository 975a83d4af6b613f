using AgentSessions.FakeModels;
using AgentSessions.Models.OpenAI;

namespace AgentSessions.Models.Tests.OpenAI;

public sealed class FaultTests
{
    private static readonly FakeReply Short = FakeReply.Events(OpenAIReplies.Text("Hel"), OpenAIReplies.Text("lo"), OpenAIReplies.Finish("stop"), OpenAIReplies.Done);

    [Theory]
    [InlineData(ReplyFraming.Chunked, CutStyle.Close)]
    [InlineData(ReplyFraming.Chunked, CutStyle.Reset)]
    [InlineData(ReplyFraming.UntilClose, CutStyle.Close)]
    [InlineData(ReplyFraming.Length, CutStyle.Close)]
    public async Task Stream_CutAtAnyByte_NeverPassesForWholeAndNeverRepeatsText(ReplyFraming framing, CutStyle style)
    {
        FakeReply reply = Short with { Framing = framing };
        for (int bytes = 0; bytes < reply.WireLength; bytes++)
        {
            await using FakeModelServer server = FakeModelServer.Start().Reply(reply.CutAfter(bytes, style), Short);
            using OpenAICompatibleChatClient client = Clients.OpenAI(server);

            (string text, ModelException? failure) = await client.TryStreamAsync();

            // Either the second attempt answered, or the first had said enough, or the failure says what was handed out.
            Assert.True(
                failure is null ? text == "Hello" : text is "Hel" or "Hello" && failure is { Kind: ModelErrorKind.Cut, ContentDelivered: true },
                $"cut after {bytes}: '{text}', {failure?.Kind}, delivered {failure?.ContentDelivered}");
            Assert.True(failure is null || server.Requests.Count == 1, $"cut after {bytes}: retried after '{text}'");
        }
    }

    [Fact]
    public async Task GetResponse_CutAtAnyByte_IsMadeAgain()
    {
        FakeReply reply = OpenAIReplies.Complete("Hello");
        for (int bytes = 0; bytes < reply.WireLength; bytes++)
        {
            await using FakeModelServer server = FakeModelServer.Start().Reply(reply.CutAfter(bytes), reply);
            using OpenAICompatibleChatClient client = Clients.OpenAI(server);

            Assert.Equal("Hello", (await client.GetResponseAsync(Clients.Hello, null, Clients.Soon)).Text);
            Assert.Equal(2, server.Requests.Count);
        }
    }

    public static TheoryData<string, FakeReply> NotUnderstood => new()
    {
        { "half a JSON", FakeReply.Events("data: {\"choices\":[{\"delta\":{\"con\n\n") },
        { "no object", FakeReply.Events("data: 17\n\n") },
        { "half a character", FakeReply.Events(OpenAIReplies.Chunk("""{"content":"\ud83d"}""")) },
        { "a page", FakeReply.Body("<html>Log in</html>", "text/html") },
        { "nothing but the end", FakeReply.Events(OpenAIReplies.Done) },
        { "no choices", FakeReply.Json("""{"id":"x","choices":[]}""") },
        { "deep nesting", FakeReply.Events($"data: {new string('[', 200)}\n\n") },
        { "a redirect", FakeReply.Json("{}", 307).WithHeader("Location", "http://127.0.0.1:9/elsewhere") },
    };

    [Theory]
    [MemberData(nameof(NotUnderstood))]
    public async Task Answer_ThatIsNotUnderstood_FailsAtOnce(string what, FakeReply reply)
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(reply);
        using OpenAICompatibleChatClient client = Clients.OpenAI(server);

        (_, ModelException? failure) = await client.TryStreamAsync();

        Assert.True(failure?.Kind == ModelErrorKind.BadResponse, $"{what}: {failure}");
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task HalfAJson_AfterText_KeepsTheTextAndFails()
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(FakeReply.Events(OpenAIReplies.Text("one"), "data: {\"choi\n\n"));
        using OpenAICompatibleChatClient client = Clients.OpenAI(server);

        (string text, ModelException? failure) = await client.TryStreamAsync();

        Assert.Equal(("one", ModelErrorKind.BadResponse, true), (text, failure!.Kind, failure.ContentDelivered));
    }

    [Fact]
    public async Task Line_WithoutEnd_StopsAtTheLimit()
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(FakeReply.Events([.. Enumerable.Repeat("data: " + new string('x', 64 * 1024), 64)]));
        OpenAICompatibleOptions options = Clients.Options(server);
        options.Calls.MaxEventBytes = 256 * 1024;
        using OpenAICompatibleChatClient client = new(options);

        (_, ModelException? failure) = await client.TryStreamAsync();

        Assert.Equal(ModelErrorKind.BadResponse, failure!.Kind);
        Assert.Contains("an event of more than 262144 bytes", failure.Message);
    }

    [Fact]
    public async Task ManyLinesOfOneEvent_StopAtTheLimit()
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(FakeReply.Events([.. Enumerable.Repeat("data: " + new string('x', 1000) + "\r\n", 2000)]));
        OpenAICompatibleOptions options = Clients.Options(server);
        options.Calls.MaxEventBytes = 256 * 1024;
        using OpenAICompatibleChatClient client = new(options);

        Assert.Equal(ModelErrorKind.BadResponse, (await client.TryStreamAsync()).Failure!.Kind);
    }

    [Fact]
    public async Task ManyEvents_EachWithinTheLimit_AreNoProblem()
    {
        string[] texts = [.. Enumerable.Repeat(OpenAIReplies.Text(new string('x', 1000)), 500)];
        await using FakeModelServer server = FakeModelServer.Start().Reply(FakeReply.Events([.. texts, OpenAIReplies.Finish("stop")]));
        OpenAICompatibleOptions options = Clients.Options(server);
        options.Calls.MaxEventBytes = 2 * 1024;
        using OpenAICompatibleChatClient client = new(options);

        Assert.Equal(500_000, (await client.TryStreamAsync()).Text.Length);
    }

    [Fact]
    public async Task Answer_BeyondTheTotalLimit_Stops()
    {
        string[] texts = [.. Enumerable.Repeat(OpenAIReplies.Text(new string('x', 1000)), 500)];
        await using FakeModelServer server = FakeModelServer.Start().Reply(FakeReply.Events([.. texts, OpenAIReplies.Finish("stop")]));
        OpenAICompatibleOptions options = Clients.Options(server);
        options.Calls.MaxResponseBytes = 100_000;
        using OpenAICompatibleChatClient client = new(options);

        (string text, ModelException? failure) = await client.TryStreamAsync();

        Assert.Equal((ModelErrorKind.BadResponse, true), (failure!.Kind, failure.ContentDelivered));
        Assert.InRange(text.Length, 1, 100_000);
    }

    [Fact]
    public async Task FinishedAnswer_OnAConnectionThatThenBreaks_IsWhole()
    {
        FakeReply reply = FakeReply.Events(OpenAIReplies.Text("Hello"), OpenAIReplies.Finish("stop"), OpenAIReplies.Usage(1, 1));
        int beforeUsage = (reply with { Steps = [.. reply.Steps.Take(2)] }).WireLength;
        await using FakeModelServer server = FakeModelServer.Start().Reply(reply.CutAfter(beforeUsage));
        using OpenAICompatibleChatClient client = Clients.OpenAI(server);

        Assert.Equal(("Hello", null), await client.TryStreamAsync());
    }
}
