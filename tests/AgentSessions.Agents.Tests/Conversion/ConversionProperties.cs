using System.Text.Json;
using AgentSessions.Agents.Conversion;
using AgentSessions.Protocol.UI;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Tests.Conversion;

/// <summary>What holds for every stream a model may send.</summary>
public sealed class ConversionProperties
{
    private static readonly Gen<AIContent> Content = Gen.Elements<Func<AIContent>>(
        () => new TextContent("a "),
        () => new TextContent(""),
        () => new TextContent("\ud83d"),
        () => new TextContent("b ") { Annotations = [new CitationAnnotation { Url = new Uri("https://example.org/") }] },
        () => new TextReasoningContent("hm "),
        () => new TextReasoningContent("") { ProtectedData = "sealed" },
        () => new FunctionCallContent("c1", "lookup", new Dictionary<string, object?> { ["q"] = 1 }),
        () => new FunctionCallContent("c2", "lookup"),
        () => new ToolApprovalRequestContent("a3", new FunctionCallContent("c3", "send")),
        () => new DataContent("data:image/png;base64,AAAA"),
        () => new UsageContent(new() { InputTokenCount = 1 }),
        () => new ErrorContent("boom")).Select(make => make());

    private static readonly Gen<ChatResponseUpdate[]> Updates = Gen.ArrayOf(
        from contents in Gen.ArrayOf(Content)
        from id in Gen.Elements<string?>(null, "1", "2")
        select new ChatResponseUpdate(ChatRole.Assistant, [.. contents.Take(4)]) { MessageId = id });

    [Fact]
    public void EveryStream_GivesChunksInOrder() => Check(updates =>
    {
        var order = new ChunkOrder();
        order.Accept(new StartChunk("m"));
        foreach (var chunk in Chunks(updates))
        {
            order.Accept(chunk);
        }

        return order is { IsStepOpen: false } or { IsFailed: true } && order.EndsOfOpenParts().Count == 0;
    });

    [Fact]
    public void EveryWord_IsInTheMessage() => Check(updates =>
    {
        var heeded = updates.SelectMany(update => update.Contents).TakeWhile(content => content is not ErrorContent);

        return Build(updates).Text == string.Concat(heeded.OfType<TextContent>().Select(text => text.Text));
    });

    [Fact]
    public void ResultsInAnyPlace_BeginStepsTheModelCanBeTold() => Check(updates =>
    {
        // Every call answered right behind it, as a client that runs its own tools streams it.
        var answered = updates.Select(update => new ChatResponseUpdate(ChatRole.Assistant, [.. update.Contents.SelectMany(Answered)]) { MessageId = update.MessageId });

        var told = ModelMessages.FromUI([Build(answered)]);

        return told.Zip(told.Skip(1)).All(pair => Calls(pair.First).SequenceEqual(pair.First.Role == ChatRole.Tool ? [] : Results(pair.Second)))
            && (told.Count == 0 || !Calls(told[^1]).Any());
    });

    [Fact]
    public void Conversion_DependsOnTheMessageAlone() => Check(updates =>
    {
        var message = Build(updates);
        var stored = JsonSerializer.Deserialize<UIMessage>(JsonSerializer.Serialize(message, UIJson.Options), UIJson.Options)!;

        return Told.Lines(ModelMessages.FromUI([message])).SequenceEqual(Told.Lines(ModelMessages.FromUI([stored])));
    });

    private static IEnumerable<AIContent> Answered(AIContent content) =>
        content is FunctionCallContent call ? [content, new FunctionResultContent(call.CallId, "r")] : [content];

    private static IEnumerable<string> Calls(ChatMessage message) => message.Contents.OfType<FunctionCallContent>().Select(call => call.CallId);

    private static IEnumerable<string> Results(ChatMessage message) => message.Contents.OfType<FunctionResultContent>().Select(result => result.CallId);

    private static IEnumerable<UIMessageChunk> Chunks(IEnumerable<ChatResponseUpdate> updates)
    {
        var mapper = new UpdateToChunks();
        return [.. updates.SelectMany(update => mapper.Map(update).ToArray()), .. mapper.Complete()];
    }

    private static UIMessage Build(IEnumerable<ChatResponseUpdate> updates)
    {
        var builder = new UIMessageBuilder("m");
        foreach (var chunk in Chunks(updates))
        {
            builder.Apply(chunk);
        }

        return builder.Build();
    }

    private static void Check(Func<ChatResponseUpdate[], bool> holds) =>
        Prop.ForAll(Updates.ToArbitrary(), holds).Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(12));
}
