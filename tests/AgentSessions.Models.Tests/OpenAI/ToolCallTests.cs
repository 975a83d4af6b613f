using System.Text.Json;
using AgentSessions.FakeModels;
using AgentSessions.Models.Calls;
using AgentSessions.Models.OpenAI;
using Microsoft.Extensions.AI;
using static AgentSessions.FakeModels.OpenAIReplies;

namespace AgentSessions.Models.Tests.OpenAI;

public sealed class ToolCallTests
{
    private static readonly string[] End = [Finish("tool_calls"), Done];

    private static async Task<List<FunctionCallContent>> CallsAsync(params string[] events)
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(FakeReply.Events(events));
        ChatResponse response = (await Clients.OpenAI(server).StreamAsync()).ToChatResponse();
        Assert.Equal(ChatFinishReason.ToolCalls, response.FinishReason);
        return [.. response.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>()];
    }

    private static string Show(FunctionCallContent call) => $"{call.CallId} {call.Name} {JsonSerializer.Serialize(call.Arguments)}";

    [Fact]
    public async Task ParallelCalls_WithInterleavedPieces_AreAssembledByIndex()
    {
        List<FunctionCallContent> calls = await CallsAsync(
        [
            ToolCall(0, "a", "sum", ""), ToolCall(1, "b", "mul", "{\"x\""), ToolCall(0, null, null, "{\"n\":"), ToolCall(1, null, null, ":3}"), ToolCall(0, null, null, "1}"), .. End,
        ]);

        Assert.Equal(["a sum {\"n\":1}", "b mul {\"x\":3}"], calls.Select(Show));
    }

    [Fact]
    public async Task Calls_ThatArriveInTheWrongOrder_ComeInTheOrderOfTheirIndexes()
    {
        List<FunctionCallContent> calls = await CallsAsync([ToolCall(2, "c", "f", "{}"), ToolCall(0, "a", "f", "{}"), ToolCall(1, "b", "f", "{}"), .. End]);

        Assert.Equal(["a", "b", "c"], calls.Select(call => call.CallId));
    }

    [Fact]
    public async Task Calls_AllWithIndexZero_AreToldApartByTheirIds()
    {
        List<FunctionCallContent> calls = await CallsAsync([ToolCall(0, "a", "f", "{\"n\":1}"), ToolCall(0, "b", "f", "{\"n\":2}"), .. End]);

        Assert.Equal(["a f {\"n\":1}", "b f {\"n\":2}"], calls.Select(Show));
    }

    [Fact]
    public async Task Calls_WithoutIndex_AreToldApartByIdAndName()
    {
        List<FunctionCallContent> calls = await CallsAsync([ToolCall(null, "a", "f", "{\"n\""), ToolCall(null, null, null, ":1}"), ToolCall(null, "b", "g", "{}"), .. End]);

        Assert.Equal(["a f {\"n\":1}", "b g {}"], calls.Select(Show));
    }

    [Fact]
    public async Task Calls_WithoutIds_GetIdsOfTheirOwn()
    {
        List<FunctionCallContent> calls = await CallsAsync([ToolCall(0, null, "f", "{}"), ToolCall(1, null, "g", "{}"), .. End]);

        Assert.Equal(["f", "g"], calls.Select(call => call.Name));
        Assert.Equal(2, calls.Select(call => call.CallId).Where(id => id.Length > 8).Distinct().Count());
    }

    [Fact]
    public async Task Call_InOneDeltaWithAnObjectForArguments_IsRead()
    {
        List<FunctionCallContent> calls = await CallsAsync(Chunk("""{"tool_calls":[{"id":"a","function":{"name":"f","arguments":{"n":[1,2]}}}]}""", "stop"), Done);

        Assert.Equal("""a f {"n":[1,2]}""", Show(Assert.Single(calls)));
    }

    [Fact]
    public async Task Call_WithTheSameIdAndNameInEachPiece_IsOneCall()
    {
        List<FunctionCallContent> calls = await CallsAsync([ToolCall(0, "a", "f", "{\"n\""), ToolCall(0, "a", "f", ":1}"), .. End]);

        Assert.Equal("a f {\"n\":1}", Show(Assert.Single(calls)));
    }

    [Fact]
    public async Task Call_WithoutArguments_HasNone() =>
        Assert.Equal("a f {}", Show(Assert.Single(await CallsAsync([ToolCall(0, "a", "f", null), .. End]))));

    [Theory]
    [InlineData("{\"n\":")]
    [InlineData("[1]")]
    [InlineData("not json")]
    public async Task Call_WithArgumentsThatAreNoObject_SaysSo(string arguments)
    {
        FunctionCallContent call = Assert.Single(await CallsAsync([ToolCall(0, "a", "f", arguments), .. End]));

        Assert.NotNull(call.Exception);
        Assert.Equal("f", call.Name);
    }

    [Fact]
    public async Task Call_WithoutAName_IsABadResponse()
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(FakeReply.Events([ToolCall(0, "a", null, "{}"), .. End]));

        (_, ModelException? failure) = await Clients.OpenAI(server).TryStreamAsync();

        Assert.Equal(ModelErrorKind.BadResponse, failure!.Kind);
    }

    [Fact]
    public async Task CutInTheMiddleOfACall_GivesNoCall()
    {
        await using FakeModelServer server = FakeModelServer.Start().Reply(FakeReply.Events(Text("Looking."), ToolCall(0, "a", "f", "{\"n\":1}")));

        (string text, ModelException? failure) = await Clients.OpenAI(server).TryStreamAsync();

        Assert.Equal(("Looking.", ModelErrorKind.Cut), (text, failure!.Kind));
    }

    [Fact]
    public async Task HugeArguments_StopAtTheLimit()
    {
        OpenAICompatibleOptions Limited(FakeModelServer server)
        {
            OpenAICompatibleOptions options = Clients.Options(server);
            options.Calls.MaxToolArgumentBytes = 100_000;
            return options;
        }

        string piece = new('x', 10_000);
        string[] pieces = [.. Enumerable.Repeat(ToolCall(0, null, null, piece), 1_000)];
        await using FakeModelServer server = FakeModelServer.Start().Reply(FakeReply.Events([ToolCall(0, "a", "f", "{\"n\":\""), .. pieces, .. End]));
        using OpenAICompatibleChatClient client = new(Limited(server));

        (_, ModelException? failure) = await client.TryStreamAsync();

        Assert.Equal(ModelErrorKind.BadResponse, failure!.Kind);
        Assert.Contains("100000 bytes of arguments", failure.Message);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task ManyCalls_StopAtTheLimit()
    {
        ModelCallOptions limits = new();
        string[] calls = [.. Enumerable.Range(0, limits.MaxToolCalls + 1).Select(n => ToolCall(n, $"id{n}", "f", "{}"))];
        await using FakeModelServer server = FakeModelServer.Start().Reply(FakeReply.Events([.. calls, .. End]));

        (_, ModelException? failure) = await Clients.OpenAI(server).TryStreamAsync();

        Assert.Equal(ModelErrorKind.BadResponse, failure!.Kind);
    }
}
