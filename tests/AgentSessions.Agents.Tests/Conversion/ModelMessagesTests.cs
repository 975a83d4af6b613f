using System.Text.Json;
using AgentSessions.Agents.Conversion;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Tests.Conversion;

/// <summary>What the model is told of a conversation.</summary>
public sealed class ModelMessagesTests
{
    private static string[] Convert(params UIMessage[] messages) => Told.Lines(ModelMessages.FromUI(messages));

    private static string[] ConvertParts(string parts) => Convert(Told.Assistant(parts));

    [Fact]
    public void TextOfEveryRole()
    {
        var system = new UIMessage { Id = "s", Role = UIMessageRole.System, Parts = [new TextPart("Be "), new TextPart("brief.")] };

        Assert.Equal(["system: Be brief.", "user: hi", "assistant: hello"], Convert(system, UIMessage.User("u", "hi"), UIMessage.Assistant("a", "hello")));
    }

    [Fact]
    public void Steps_BecomeMessages_WithTheirResultsBehindThem() =>
        Assert.Equal(
            [
                "assistant: Let me see. | lookup#c1{\"q\":\"x\"} | lookup#c2{\"q\":\"y\"}",
                "tool: #c1 = {\"n\":1} | #c2 = \"two\"",
                "assistant: Done.",
            ],
            ConvertParts("""
                {"type":"step-start"},
                {"type":"text","text":"Let me see."},
                {"type":"tool-lookup","toolCallId":"c1","state":"output-available","input":{"q":"x"},"output":{"n":1}},
                {"type":"dynamic-tool","toolName":"lookup","toolCallId":"c2","state":"output-available","input":{"q":"y"},"output":"two"},
                {"type":"step-start"},
                {"type":"text","text":"Done."}
                """));

    [Fact]
    public void CallsWithoutAFinalResult_StayOut() =>
        Assert.Equal(
            ["assistant: text"],
            ConvertParts("""
                {"type":"text","text":"text"},
                {"type":"tool-a","toolCallId":"1","state":"input-streaming","input":{}},
                {"type":"tool-a","toolCallId":"2","state":"input-available","input":{}},
                {"type":"tool-a","toolCallId":"3","state":"approval-requested","input":{},"approval":{"id":"x"}},
                {"type":"tool-a","toolCallId":"4","state":"output-available","input":{},"output":1,"preliminary":true}
                """));

    [Fact]
    public void WhatOnlyUsersSee_StaysOut() =>
        Assert.Empty(ConvertParts("""
            {"type":"step-start"},{"type":"data-x","data":1},{"type":"source-url","sourceId":"s","url":"u"},
            {"type":"source-document","sourceId":"s","mediaType":"m","title":"t"},{"type":"hologram"},{"type":"text","text":""}
            """));

    [Theory]
    [InlineData("true", "a1 yes sure")]
    [InlineData("false", "a1 no sure")]
    public void DecidedCall_AppearsAsRequestAndResponse(string approved, string verdict) =>
        Assert.Equal(
            ["assistant: send#c{\"to\":\"x\"} ? a1", $"tool: {verdict}"],
            ConvertParts($$$"""
                {"type":"tool-send","toolCallId":"c","state":"approval-responded","input":{"to":"x"},"approval":{"id":"a1","approved":{{{approved}}},"reason":"sure"}}
                """));

    [Fact]
    public void CallThatRanAfterApproval_IsAnOrdinaryCall() =>
        Assert.Equal(
            ["assistant: send#c{}", "tool: #c = {\"sent\":true}"],
            ConvertParts("""{"type":"tool-send","toolCallId":"c","state":"output-available","input":{},"output":{"sent":true},"approval":{"id":"a1","approved":true}}"""));

    [Theory]
    [InlineData("\"reason\":\"too risky\"", "too risky")]
    [InlineData("\"signature\":\"s\"", "The user denied this tool call.")]
    public void DeniedCall_FailsWithTheUsersReason(string field, string text) =>
        Assert.Equal(
            ["assistant: send#c{}", $"tool: #c failed: {text}"],
            ConvertParts($$$"""{"type":"tool-send","toolCallId":"c","state":"output-denied","input":{},"approval":{"id":"a","approved":false,{{{field}}}}}"""));

    [Fact]
    public void FailedCalls_TellTheError_AndTheInputAsTheModelWroteIt() =>
        Assert.Equal(
            ["assistant: a#1{} | a#2{\"input\":\"{bad\"}", "tool: #1 failed: no | #2 failed: No JSON"],
            ConvertParts("""
                {"type":"tool-a","toolCallId":"1","state":"output-error","input":{},"errorText":"no"},
                {"type":"tool-a","toolCallId":"2","state":"output-error","rawInput":"{bad","errorText":"No JSON"}
                """));

    [Fact]
    public void NullOutput_IsNull() =>
        Assert.Equal(
            "tool: #1 = null",
            ConvertParts("""{"type":"tool-a","toolCallId":"1","state":"output-available","input":null,"output":null}""")[1]);

    [Fact]
    public void ModelOutputMapping_IsAppliedToOutputsOnly()
    {
        var message = Told.Assistant("""
            {"type":"tool-big","toolCallId":"1","state":"output-available","input":{},"output":{"summary":"s","rows":[1,2,3]}},
            {"type":"tool-big","toolCallId":"2","state":"output-error","input":{},"errorText":"no"}
            """);

        var told = ModelMessages.FromUI([message], call => call.Output!.Value.GetProperty("summary").GetString());

        Assert.Equal("tool: #1 = \"s\" | #2 failed: no", Told.Lines(told)[1]);
    }

    [Fact]
    public void Reasoning_KeepsItsProtectedData()
    {
        var told = ModelMessages.FromUI([Told.Assistant("""
            {"type":"reasoning","text":"Hm","providerMetadata":{"agentSessions":{"protectedData":"sealed"},"other":{"k":1}}},
            {"type":"reasoning","text":"","providerMetadata":{"agentSessions":{"protectedData":"redacted"}}},
            {"type":"reasoning","text":""},
            {"type":"text","text":"So.","providerMetadata":{"p":{"id":7}}}
            """)]);

        Assert.Equal(["assistant: (Hm #sealed) | ( #redacted) | So."], Told.Lines(told));
        var metadata = Assert.IsType<JsonElement>(told[0].Contents[2].AdditionalProperties!["providerMetadata"]);
        Assert.Equal("""{"p":{"id":7}}""", metadata.GetRawText());
    }

    [Fact]
    public void Files_AreDataOrAddresses()
    {
        var user = Told.Message("""
            {"id":"u","role":"user","parts":[
              {"type":"text","text":"see"},{"type":"data-x","data":1},
              {"type":"file","mediaType":"image/png","filename":"a.png","url":"data:image/png;base64,AAAA"},
              {"type":"file","mediaType":"application/pdf","url":"https://example.org/a.pdf"}]}
            """);

        Assert.Equal(["user: see | a.png<data:image/png;base64,AAAA> | <https://example.org/a.pdf application/pdf>"], Convert(user));
    }

    [Theory]
    [InlineData("data:nonsense")]
    [InlineData("data:image/png;base64,***")]
    [InlineData("/relative")]
    [InlineData("file:///etc/hosts")]
    [InlineData("")]
    [InlineData("http://")]
    public void AFileThatCannotBeRead_IsToldAsSuch(string url)
    {
        var user = new UIMessage { Id = "u", Role = UIMessageRole.User, Parts = [new FilePart("image/png", url) { Filename = "a.png" }] };

        Assert.Equal(["user: [The file a.png cannot be read.]"], Convert(user));
    }

    [Fact]
    public void LoneSurrogates_InInputsAndOutputs_DoNotBreakTheModelsJson() =>
        Assert.Equal(
            ["assistant: a#1{\"q\":\"\\uFFFD\"}", "tool: #1 = [\"\\uFFFD\"]"],
            ConvertParts("""{"type":"tool-a","toolCallId":"1","state":"output-available","input":{"q":"\ud83d"},"output":["\ud83d"]}"""));

    [Fact]
    public void Messages_CarryTheirId() =>
        Assert.All(
            ModelMessages.FromUI([Told.Assistant("""{"type":"text","text":"a"},{"type":"step-start"},{"type":"tool-a","toolCallId":"1","state":"output-error","errorText":"e"}""")]),
            message => Assert.Equal("m", message.MessageId));

    [Fact]
    public void ALongerConversation_BeginsWithTheShorterOne()
    {
        UIMessage[] conversation =
        [
            UIMessage.User("u1", "hi"),
            Told.Assistant("""
                {"type":"step-start"},{"type":"reasoning","text":"r","providerMetadata":{"p":{}}},
                {"type":"tool-a","toolCallId":"1","state":"output-available","input":{"z":1,"a":2},"output":{"z":1,"a":2}},
                {"type":"step-start"},{"type":"text","text":"t"}
                """),
            UIMessage.User("u2", "more"),
            UIMessage.Assistant("a2", "x"),
        ];
        string whole = Bytes(conversation);

        Assert.All(Enumerable.Range(1, conversation.Length), count => Assert.StartsWith(Bytes(conversation[..count]), whole));
        Assert.Equal(whole, Bytes(conversation));
    }

    private static string Bytes(UIMessage[] conversation) => string.Concat(
        ModelMessages.FromUI(conversation).Select(message => JsonSerializer.Serialize(message, AIJsonUtilities.DefaultOptions)));
}
