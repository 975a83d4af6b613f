using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Agents.Tests.Acceptance;

/// <summary>What an author is promised: one test for each feature, named after it. The corners of each are in the suite of their own.</summary>
public sealed partial class AcceptanceTests
{
    private static readonly TimeSpan _idle = TimeSpan.FromSeconds(30);
    private static readonly UsageDetails _large = new() { InputTokenCount = 900, OutputTokenCount = 200, TotalTokenCount = 1100 };
    private static readonly UsageDetails _small = new() { InputTokenCount = 10, OutputTokenCount = 5, TotalTokenCount = 15 };

    private static AIFunction Look { get; } = AIFunctionFactory.Create((string what) => $"found {what}", "look");

    private static SessionKey Session { get; } = new("test", "chat");

    private static ISessionEngine Engine(AgentTestHost host) => host.Services.GetRequiredService<ISessionEngine>();

    private static async Task<string[]> TextsAsync(AgentTestHost host) => [.. (await host.TranscriptAsync()).Select(static message => message.Text)];

    private static string[] Prompt(AgentTestHost host, int call) => [.. host.Model.Calls[call].Messages.Select(static message => message.Text)];

    private static async Task IdleOutAsync(AgentTestHost host)
    {
        int ended = (await host.RunsAsync()).Count;
        await host.AdvanceAsync(_idle);
        await host.RunsEndedAsync(ended);
    }

    private static async Task RestartAsync(AgentTestHost host)
    {
        await host.CrashRunAsync();
        await host.RestartAsync();
    }

    private static async Task<IReadOnlyList<StreamRecord>> ReadOutAsync(AgentTestHost host, long from)
    {
        RecordBatch? batch = await Engine(host).ReadAsync(StreamId.Out(Session), new Cursor(from), 1024 * 1024, CancellationToken.None);
        return batch is null ? [] : [.. batch.Decode()];
    }

    private static CompactionOptions Summaries(List<int>? made = null) => new()
    {
        MaxTokens = 1000,
        Summarize = (messages, _) =>
        {
            made?.Add(messages.Count);
            return Task.FromResult($"{messages.Count} messages");
        },
    };

    private static ChatResponseUpdate[] Call(string tool, UsageDetails usage) =>
    [
        new(ChatRole.Assistant, [new FunctionCallContent($"{tool}-1", tool, new Dictionary<string, object?> { ["what"] = "it" })]),
        new(ChatRole.Assistant, [new UsageContent(usage)]) { FinishReason = ChatFinishReason.ToolCalls },
    ];
}
