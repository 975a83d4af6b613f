using AgentSessions.Agents.Conversion;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Tests.Conversion;

/// <summary>How a model's stream reads as chunks.</summary>
public sealed class UpdateToChunksTests
{
    private static readonly FunctionCallContent Call = new("c1", "lookup", new Dictionary<string, object?> { ["q"] = "x" });

    private static string[] Map(params AIContent[] contents) => Map(new UpdateToChunksOptions { MarkSteps = false }, contents);

    private static string[] Map(UpdateToChunksOptions options, params AIContent[] contents) =>
        Map(new UpdateToChunks(options), contents.Select(content => new ChatResponseUpdate(ChatRole.Assistant, [content])));

    private static string[] Map(UpdateToChunks mapper, IEnumerable<ChatResponseUpdate> updates) =>
        [.. updates.SelectMany(update => Told.Lines(mapper.Map(update))), .. Told.Lines(mapper.Complete())];

    [Fact]
    public void Text_OpensWithItsFirstWordAndClosesAtTheEnd() =>
        Assert.Equal(
            [
                """{"type":"text-start","id":"text-1"}""",
                """{"type":"text-delta","id":"text-1","delta":"Hel"}""",
                """{"type":"text-delta","id":"text-1","delta":"lo"}""",
                """{"type":"text-end","id":"text-1"}""",
            ],
            Map(new TextContent(""), new TextContent("Hel"), new TextContent("lo")));

    [Fact]
    public void ChangeOfKind_ClosesAndOpens() =>
        Assert.Equal(
            ["reasoning-start", "reasoning-delta", "reasoning-end", "text-start", "text-delta", "text-end", "tool-input-available", "text-start", "text-delta", "text-end"],
            Types(Map(new TextReasoningContent("hm"), new TextContent("a"), Call, new TextContent("b"))));

    [Fact]
    public void ChangeOfMessage_ClosesAndOpens()
    {
        ChatResponseUpdate[] updates =
        [
            new(ChatRole.Assistant, "a") { MessageId = "1" }, new(ChatRole.Assistant, "b"), new(ChatRole.Assistant, "c") { MessageId = "1" },
            new(ChatRole.Assistant, "d") { MessageId = "2" },
        ];

        Assert.Equal(
            ["text-start", "text-delta", "text-delta", "text-delta", "text-end", "text-start", "text-delta", "text-end"],
            Types(Map(new UpdateToChunks(new() { MarkSteps = false }), updates)));
    }

    [Fact]
    public void ProtectedData_SealsItsReasoning() =>
        Assert.Equal(
            [
                """{"type":"reasoning-start","id":"reasoning-1"}""",
                """{"type":"reasoning-delta","id":"reasoning-1","delta":"one"}""",
                """{"type":"reasoning-end","id":"reasoning-1","providerMetadata":{"agentSessions":{"protectedData":"s1"}}}""",
                """{"type":"reasoning-start","id":"reasoning-2"}""",
                """{"type":"reasoning-delta","id":"reasoning-2","delta":"two"}""",
                """{"type":"reasoning-end","id":"reasoning-2","providerMetadata":{"agentSessions":{"protectedData":"s2"}}}""",
                """{"type":"reasoning-start","id":"reasoning-3"}""",
                """{"type":"reasoning-end","id":"reasoning-3","providerMetadata":{"agentSessions":{"protectedData":"redacted"}}}""",
            ],
            Map(
                new TextReasoningContent("one"),
                new TextReasoningContent("") { ProtectedData = "s1" },
                new TextReasoningContent("two") { ProtectedData = "s2" },
                new TextReasoningContent(null) { ProtectedData = "redacted" }));

    [Fact]
    public void CallsAndResults()
    {
        var options = new UpdateToChunksOptions { MarkSteps = false, ErrorText = exception => $"told: {exception.Message}", IsDynamicTool = name => name == "mcp" };

        Assert.Equal(
            [
                """{"type":"tool-input-available","toolCallId":"c1","toolName":"lookup","input":{"q":"x"}}""",
                """{"type":"tool-input-available","toolCallId":"c2","toolName":"mcp","input":{},"providerExecuted":true,"dynamic":true}""",
                """{"type":"tool-input-error","toolCallId":"c3","toolName":"lookup","input":{},"errorText":"told: no JSON"}""",
                """{"type":"tool-output-available","toolCallId":"c1","output":{"answer":42}}""",
                """{"type":"tool-output-available","toolCallId":"c1","output":null}""",
                """{"type":"tool-output-error","toolCallId":"c2","errorText":"told: down"}""",
            ],
            Map(
                options,
                Call,
                Call,
                new FunctionCallContent("c2", "mcp") { InformationalOnly = true },
                new FunctionCallContent("c3", "lookup") { Exception = new FormatException("no JSON") },
                new FunctionResultContent("c1", new { Answer = 42 }),
                new FunctionResultContent("c1", null),
                new FunctionResultContent("c2", "x") { Exception = new IOException("down") }));
    }

    [Fact]
    public void Errors_AreSanitisedByDefault_AndLast()
    {
        var mapper = new UpdateToChunks();
        ChatResponseUpdate[] updates =
        [
            new(ChatRole.Assistant, "a"),
            new(ChatRole.Assistant, [new ErrorContent("secret path /etc"), new TextContent("b"), new UsageContent(new() { InputTokenCount = 3 })]),
        ];

        string[] lines = Map(mapper, updates);

        Assert.Equal("""{"type":"error","errorText":"An error occurred."}""", lines[^1]);
        Assert.Equal(["start-step", "text-start", "text-delta", "text-end", "error"], Types(lines));
        Assert.True(mapper.HasFailed);
        Assert.Equal(3, mapper.Usage.InputTokenCount);
    }

    [Fact]
    public void Approval_FollowsItsCallOnce() =>
        Assert.Equal(
            [
                """{"type":"tool-input-available","toolCallId":"c1","toolName":"lookup","input":{"q":"x"}}""",
                """{"type":"tool-approval-request","approvalId":"a1","toolCallId":"c1"}""",
            ],
            Map(Call, new ToolApprovalRequestContent("a1", Call)));

    [Fact]
    public void Approval_BringsItsCallAlong() =>
        Assert.Equal(["tool-input-available", "tool-approval-request"], Types(Map(new ToolApprovalRequestContent("a1", Call))));

    [Fact]
    public void Files() =>
        Assert.Equal(
            [
                """{"type":"file","url":"data:image/png;base64,AAAA","mediaType":"image/png"}""",
                """{"type":"file","url":"https://example.org/a.pdf","mediaType":"application/pdf"}""",
            ],
            Map(new DataContent("data:image/png;base64,AAAA"), new UriContent("https://example.org/a.pdf", "application/pdf")));

    [Fact]
    public void Citations_AreToldOnceAndDoNotBreakTheText()
    {
        var cited = new TextContent("a")
        {
            Annotations =
            [
                new CitationAnnotation { Url = new Uri("https://example.org/"), Title = "Example" },
                new CitationAnnotation { FileId = "file-1" },
                new CitationAnnotation { Snippet = "nothing to point at" },
            ],
        };

        Assert.Equal(
            [
                """{"type":"text-start","id":"text-1"}""",
                """{"type":"text-delta","id":"text-1","delta":"a"}""",
                """{"type":"source-url","sourceId":"https://example.org/","url":"https://example.org/","title":"Example"}""",
                """{"type":"source-document","sourceId":"file-1","mediaType":"application/octet-stream","title":"file-1"}""",
                """{"type":"text-delta","id":"text-1","delta":"a"}""",
                """{"type":"text-end","id":"text-1"}""",
            ],
            Map(cited, cited));
    }

    [Fact]
    public void Usage_IsCountedAndNotTold()
    {
        var mapper = new UpdateToChunks();
        ChatResponseUpdate[] updates =
        [
            new(ChatRole.Assistant, [new UsageContent(new() { InputTokenCount = 10, CachedInputTokenCount = 4 })]) { FinishReason = ChatFinishReason.ToolCalls },
            new(ChatRole.Assistant, [new UsageContent(new() { InputTokenCount = 1, OutputTokenCount = 2 })]) { FinishReason = ChatFinishReason.Stop },
            new(ChatRole.Assistant, []),
        ];

        Assert.Empty(Map(mapper, updates));
        Assert.Equal((11, 2, 4), (mapper.Usage.InputTokenCount, mapper.Usage.OutputTokenCount, mapper.Usage.CachedInputTokenCount));
        Assert.Equal(UIFinishReason.Stop, FinishReasons.ToUI(mapper.FinishReason));
    }

    [Fact]
    public void FinishReasons_HaveUIWords() =>
        Assert.Equal(
            [null, "stop", "length", "content-filter", "tool-calls", "other"],
            new ChatFinishReason?[] { null, ChatFinishReason.Stop, ChatFinishReason.Length, ChatFinishReason.ContentFilter, ChatFinishReason.ToolCalls, new("odd") }
                .Select(FinishReasons.ToUI));

    [Fact]
    public void Steps_BeginWithContentAndBehindResults() =>
        Assert.Equal(
            [
                "start-step", "text-start", "text-delta", "text-end", "tool-input-available", "tool-output-available", "finish-step",
                "start-step", "text-start", "text-delta", "text-end", "finish-step",
            ],
            Types(Map(new UpdateToChunksOptions(), new TextContent("a"), Call, new FunctionResultContent("c1", 1), new TextContent("b"))));

    [Fact]
    public void IdPrefix_TellsStreamsApart() =>
        Assert.Equal("""{"type":"text-start","id":"second-text-1"}""", Map(new UpdateToChunksOptions { MarkSteps = false, IdPrefix = "second-" }, new TextContent("a"))[0]);

    [Fact]
    public void UnknownContent_IsSkipped() => Assert.Empty(Map(new HostedFileContent("f"), new AIContent()));

    private static string[] Types(string[] lines) => [.. lines.Select(line => line.Split('"')[3])];
}
