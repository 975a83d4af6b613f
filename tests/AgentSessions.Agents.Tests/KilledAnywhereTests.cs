using System.Collections.Concurrent;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Tests;

/// <summary>Kills the process before each commit of a tool-using turn in turn, and counts what happened once and what twice.</summary>
public sealed class KilledAnywhereTests
{
    private const string Answer = "Done.";

    [Theory]
    [InlineData("replay", 2)]
    [InlineData("ask", 2)]
    [InlineData("fail", 1)]
    [InlineData("read-only", 2)]
    public async Task ToolsRunAsDeclared_AndTheQuestionIsAnsweredOnce(string policy, int mostExecutions)
    {
        int crashes = 0;
        while (await RunAsync(policy, crashes, mostExecutions))
        {
            crashes++;
        }

        // What is said while a commit is under way shares the next one, so a slow moment makes them fewer.
        Assert.InRange(crashes, 2, 100);
    }

    /// <returns>Whether the turn was long enough to be killed there.</returns>
    private static async Task<bool> RunAsync(string policy, int commitsBefore, int mostExecutions)
    {
        int executions = 0;
        var keys = new ConcurrentBag<string>();
        AIFunction pay = AIFunctionFactory.Create(
            (AIFunctionArguments arguments) =>
            {
                keys.Add(AgentTool.GetIdempotencyKey(arguments));
                return $"paid {Interlocked.Increment(ref executions)}";
            },
            "pay");
        pay = policy switch
        {
            "replay" => AgentTool.WithEffects(pay, InterruptedCall.Replay),
            "fail" => AgentTool.WithEffects(pay, InterruptedCall.Fail),
            "read-only" => AgentTool.ReadOnly(pay),
            _ => pay,
        };
        await using var host = await Agents.StartModelAsync(null, pay);
        for (int i = 0; i < 8; i++)
        {
            host.Model.Reply(static call => Reply(call).ToAsyncEnumerable());
        }

        Task killed = host.KillBeforeRunCommit(commitsBefore);

        long sequence = await host.PostAsync("pay");
        Task answered = BoundaryAsync(host, sequence);
        if (await Task.WhenAny(killed, answered) == answered)
        {
            return false;
        }

        await host.RestartAsync();
        await answered;
        UIMessage last = (await host.TranscriptAsync())[^1];
        bool isAsked = last.Approvals.Count > 0 && last.Tools.Single().State == ToolPartState.ApprovalRequested;
        if (isAsked)
        {
            Assert.Equal("ask", policy);
            await host.ApproveAsync(last, last.Approvals[0], approved: true);
        }

        IReadOnlyList<UIMessage> transcript = await host.TranscriptAsync();
        Assert.Equal([UIMessageRole.User, UIMessageRole.Assistant], transcript.Select(message => message.Role));
        Assert.EndsWith(Answer, transcript[1].Text);
        Assert.Single(transcript[1].Tools);
        Assert.InRange(executions, policy == "fail" ? 0 : 1, policy == "ask" && !isAsked ? 1 : mostExecutions);
        Assert.True(keys.Distinct().Count() <= 1);
        Assert.Equal(isAsked ? 2 : 1, host.AllRecords.Count(record => record.Control == ControlHeaders.TurnComplete));
        AssertReadable(host);
        return true;
    }

    private static Task BoundaryAsync(AgentTestHost host, long sequence) => host.RecordAsync(record =>
        record.Control == ControlHeaders.TurnComplete && long.Parse(record.Header(ControlHeaders.InEventId)!) >= sequence);

    /// <summary>What a reader that saw everything makes of it: sequences without gaps, and chunks in an order that never throws.</summary>
    private static void AssertReadable(AgentTestHost host)
    {
        Assert.Equal(Enumerable.Range(0, host.AllRecords.Count).Select(number => (long)number), host.AllRecords.Select(record => record.Sequence));
        UIMessageBuilder? message = null;
        foreach (UIMessageChunk chunk in host.AllChunks)
        {
            if (chunk is StartChunk start)
            {
                message = message?.Id == start.MessageId ? message : new UIMessageBuilder(start.MessageId!);
            }

            message!.Apply(chunk);
        }
    }

    private static ChatResponseUpdate[] Reply(ModelCall call) => call.Messages[^1].Role == ChatRole.User
        ?
        [
            new(ChatRole.Assistant, "One moment."),
            new(ChatRole.Assistant, [new FunctionCallContent("c1", "pay")]) { FinishReason = ChatFinishReason.ToolCalls },
        ]
        : [new(ChatRole.Assistant, Answer) { FinishReason = ChatFinishReason.Stop }];
}
