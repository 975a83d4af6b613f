using System.Globalization;
using System.Text.Json.Nodes;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using AgentSessions.TestServer;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Tests;

/// <summary>Promise R27: an approval that waits is neither lost nor answered twice by restarts, wherever in the turn and whenever the answer comes.</summary>
/// <remarks>Each seed kills the process at another commit, lets time pass, and answers before or after the next start. DEADLINE_SEEDS sets how many; the long form is 1,000.</remarks>
public sealed class DeadlineApprovalTests
{
    private const string Answer = "Done.";

    [Fact]
    public async Task Restarts_AroundApprovals_RunACallAsItWasAnswered_Once()
    {
        int seeds = TestSetting.Number("DEADLINE_SEEDS", 30);
        for (int seed = 0; seed < seeds; seed++)
        {
            await LiveAsync(new Random(seed), $"seed {seed}");
        }
    }

    private static async Task LiveAsync(Random random, string seed)
    {
        int executions = 0;
        AIFunction pay = new ApprovalRequiredAIFunction(AIFunctionFactory.Create(() => $"paid {Interlocked.Increment(ref executions)}", "pay"));
        await using AgentTestHost host = await Agents.StartModelAsync(null, pay);
        for (int i = 0; i < 16; i++)
        {
            host.Model.Reply(static call => Reply(call).ToAsyncEnumerable());
        }

        bool approved = random.Next(2) == 0;
        long last = await AskAsync(host, killBefore: random.Next(9));
        host.Time.Advance(TimeSpan.FromMinutes(random.Next(0, 600)));
        ToolApprovalRequestChunk? seen = host.AllChunks.OfType<ToolApprovalRequestChunk>().LastOrDefault();
        if (seen is not null && random.Next(2) == 0)
        {
            // The answer is there before anybody has looked after the session.
            await host.AppendWhileDownAsync(Verdict(host, seen, approved));
            last++;
            await host.RestartAsync();
        }
        else
        {
            await host.RestartAsync();
            if (seen is not null && random.Next(2) == 0)
            {
                last = await host.AppendAsync(Verdict(host, seen, approved));
            }
        }

        // Whatever became of that answer: what still waits is asked by an id that can be answered.
        for (int asked = 0; ; asked++)
        {
            Assert.True(asked < 3, $"{seed}: it asks again and again.");
            await BoundaryAsync(host, last);
            UIMessage message = (await host.TranscriptAsync())[^1];
            if (!message.Tools.Any(static tool => tool.State == ToolPartState.ApprovalRequested))
            {
                break;
            }

            last = await host.AppendAsync(Verdict(host, host.AllChunks.OfType<ToolApprovalRequestChunk>().Last(), approved));
        }

        UIMessage end = (await host.TranscriptAsync())[^1];
        Assert.True(executions == (approved ? 1 : 0), $"{seed}: approved {approved}, ran {executions} times");
        Assert.True(end.Text.EndsWith(Answer, StringComparison.Ordinal), $"{seed}: {end.Text}");
        Assert.Equal(approved ? ToolPartState.OutputAvailable : ToolPartState.OutputDenied, Assert.Single(end.Tools).State);
    }

    /// <summary>Asks, and dies before a commit of the turn; after its boundary if it has fewer.</summary>
    /// <returns>The question's sequence.</returns>
    private static async Task<long> AskAsync(AgentTestHost host, int killBefore)
    {
        var killed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        TestStore store = host.Store;
        int commits = 0;
        store.Before = commit =>
        {
            if (commit is { Row: null, ExpectedRunVersion: not null } && commits++ == killBefore)
            {
                store.Kill();
                killed.TrySetResult();
            }
        };
        long sequence = await host.PostAsync("pay");
        if (await Task.WhenAny(killed.Task, BoundaryAsync(host, sequence)) != killed.Task)
        {
            await host.CrashRunAsync();
        }

        return sequence;
    }

    private static Task BoundaryAsync(AgentTestHost host, long sequence) => host.RecordAsync(record =>
        record.Control == ControlHeaders.TurnComplete && long.Parse(record.Header(ControlHeaders.InEventId)!, CultureInfo.InvariantCulture) >= sequence);

    /// <summary>The answer as a client sends it: the call's part alone, in the message that asked.</summary>
    private static JsonObject Verdict(AgentTestHost host, ToolApprovalRequestChunk asked, bool approved) => new()
    {
        ["kind"] = "message",
        ["payload"] = new JsonObject
        {
            ["chatId"] = "chat",
            ["trigger"] = "submit-message",
            ["message"] = new JsonObject
            {
                ["id"] = host.AllChunks.TakeWhile(chunk => !ReferenceEquals(chunk, asked)).OfType<StartChunk>().LastOrDefault()?.MessageId
                    ?? host.AllChunks.OfType<StartChunk>().Last().MessageId,
                ["role"] = "assistant",
                ["parts"] = new JsonArray(new JsonObject
                {
                    ["type"] = "tool-pay",
                    ["toolCallId"] = asked.ToolCallId,
                    ["state"] = "approval-responded",
                    ["approval"] = new JsonObject { ["id"] = asked.ApprovalId, ["approved"] = approved },
                }),
            },
        },
    };

    private static ChatResponseUpdate[] Reply(ModelCall call) => call.Messages[^1].Role == ChatRole.User
        ? [new(ChatRole.Assistant, [new FunctionCallContent("c1", "pay")]) { FinishReason = ChatFinishReason.ToolCalls }]
        : [new(ChatRole.Assistant, Answer) { FinishReason = ChatFinishReason.Stop }];
}
