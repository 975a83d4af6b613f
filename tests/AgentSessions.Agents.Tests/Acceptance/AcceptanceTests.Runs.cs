using System.Text.Json.Nodes;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Agents.Tests.Acceptance;

/// <content>Runs that come and go, and the lower levels.</content>
public sealed partial class AcceptanceTests
{
    [Fact]
    public async Task CrashRecovery_KilledMidAnswer_AnsweredOnce_AStopFromBeforeIsIgnored()
    {
        await using var host = await Agents.StartModelAsync();
        host.Model.Hangs("half ").Text("whole");
        long sequence = await host.PostAsync("a");
        await host.TextAsync("half ");
        await host.CrashRunAsync();
        await host.AppendWhileDownAsync(new JsonObject { ["kind"] = "stop" });

        await host.RestartAsync();
        TestTurn turn = await host.WaitForTurnAsync(sequence);

        Assert.False(turn.Stopped);
        Assert.Equal(["a", "whole"], await TextsAsync(host));
    }

    [Fact]
    public async Task RecoverySplice_KilledThenASecondMessage_PromptIsS_U0_P_U1()
    {
        await using var host = await Agents.StartModelAsync();
        host.Model.Text("before").Hangs("half ").Text("whole");
        await host.SendAsync("s");
        await host.PostAsync("u0");
        await host.TextAsync("half ");
        long last = await host.PostAsync("u1");

        await RestartAsync(host);
        await host.WaitForTurnAsync(last);

        Assert.Equal(["s", "before", "u0", "half ", "u1"], Prompt(host, 2));
    }

    [Theory]
    [InlineData(true, "chain", "instead")]
    [InlineData(false, "a")]
    public async Task OnRecovery_ItsPlanIsHonoured_AThrowMeansTheDefaults(bool hasPlan, params string[] expected)
    {
        await using var host = await Agents.StartModelAsync(options => options.OnRecovery = (_, _) => hasPlan
            ? Task.FromResult<RecoveryPlan?>(new RecoveryPlan { Messages = [UIMessage.User("x", "chain")], Redispatch = [UIMessage.User("y", "instead")] })
            : throw new InvalidOperationException());
        host.Model.Hangs("half ").Text("whole");
        long sequence = await host.PostAsync("a");
        await host.TextAsync("half ");

        await RestartAsync(host);
        await host.WaitForTurnAsync(sequence);

        Assert.Equal(expected, Prompt(host, 1));
    }

    [Fact]
    public async Task FirstMessageDurable_ACrashInTurn0_AnsweredOnce()
    {
        await using var host = await Agents.StartModelAsync();
        host.Model.Hangs("half ").Text("whole");
        await host.StartSessionAsync(new { trigger = "submit-message", message = new { id = "m1", role = "user", parts = new[] { new { type = "text", text = "first" } } } });
        await host.TextAsync("half ");

        await RestartAsync(host);
        await host.WaitForTurnAsync(0);

        Assert.Equal(["first", "whole"], await TextsAsync(host));
    }

    [Fact]
    public async Task EndRun_TheNextMessageHasANewRun_AlsoWhenItRacesTheExit()
    {
        await using var host = await AgentTestHost.StartAsync((turn, ct) =>
        {
            turn.EndRun();
            return Agents.EchoAsync(turn, ct);
        });

        await host.PostAsync("a");
        long last = await host.PostAsync("b");
        await host.WaitForTurnAsync(last);

        Assert.Equal(["a", "1: a", "b", "3: b"], await TextsAsync(host));
        Assert.Equal(2, (await host.RunsAsync()).Count);
    }

    [Fact]
    public async Task SuspendAndResumeHooks_OncePerParkAndWake_WithTheirPhase()
    {
        var calls = new List<string>();
        await using var host = await Agents.StartEchoAsync(options =>
        {
            options.TurnTimeout = TimeSpan.FromHours(1);
            options.OnSuspend = (wait, _) => Task.Run(() => calls.Add($"suspend {wait.Phase}"));
            options.OnResume = (wait, _) => Task.Run(() => calls.Add($"resume {wait.Phase}"));
        });
        await host.SendAsync("a");
        await host.AdvanceAsync(_idle);
        await host.HookCalledAsync("OnSuspend");

        await host.SendAsync("b");

        Assert.Equal(["suspend Turn", "resume Turn"], calls);
    }

    [Fact]
    public async Task RunState_GoneOnAContinuationUnlessPersisted()
    {
        await using var host = await AgentTestHost.StartAsync(async (turn, ct) =>
        {
            var passing = turn.Services.GetRequiredService<AgentState<Passing>>();
            var kept = turn.Services.GetRequiredService<AgentState<Kept>>();
            Assert.False(kept.HasChanged);
            passing.Set(new Passing { Number = passing.Value.Number + 1 });
            kept.Set(new Kept { Number = kept.Value.Number + 1 });
            Assert.True(kept.HasChanged);
            await turn.Output.WriteTextAsync($"{passing.Value.Number} {kept.Value.Number}", ct);
        });

        Assert.Equal("1 1", (await host.SendAsync("a")).Text);
        Assert.Equal("2 2", (await host.SendAsync("b")).Text);
        await IdleOutAsync(host);
        Assert.Equal("1 3", (await host.SendAsync("c")).Text);
    }

    [Fact]
    public async Task RunState_OfARecordWithOptionalParameters_BeginsWithTheirDefaults()
    {
        await using var host = await AgentTestHost.StartAsync((turn, ct) =>
        {
            AgentState<Visits> visits = turn.Services.GetRequiredService<AgentState<Visits>>();
            visits.Set(visits.Value with { Count = visits.Value.Count + 1 });
            return turn.Output.WriteTextAsync($"{visits.Value}", ct).AsTask();
        });

        Assert.Equal("Visits { Count = 2, Since = 01/01/0001 }", (await host.SendAsync("a")).Text);
    }

    [Fact]
    public async Task Usage_SumsOverTurns_CachedTokensIncluded()
    {
        UsageDetails total = new();
        await using var host = await Agents.StartModelAsync(options => options.OnTurnComplete = (turn, _) =>
        {
            total = turn.TotalUsage;
            return Task.CompletedTask;
        });
        host.Model.Text("1", new() { InputTokenCount = 10, OutputTokenCount = 1, CachedInputTokenCount = 4 });
        host.Model.Text("2", new() { InputTokenCount = 20, OutputTokenCount = 2, CachedInputTokenCount = 8 });

        await host.SendAsync("a");
        await host.SendAsync("b");

        Assert.Equal((30, 3, 12), (total.InputTokenCount, total.OutputTokenCount, total.CachedInputTokenCount));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Upgrade_BeforeTheTurnTheSuccessorAnswers_AfterItTheAnswerComesFirst(bool isBefore)
    {
        Task Say(TurnContext turn, CancellationToken ct)
        {
            if (!isBefore && turn.AgentVersion == "1")
            {
                turn.RequestUpgrade("2");
            }

            return turn.Output.WriteTextAsync($"{turn.AgentVersion}: {turn.Message!.Text}", ct).AsTask();
        }

        await using var host = await AgentTestHost.StartNamedAsync("agent", agents => agents
            .AddAgent("agent", Say, options => options.Version = "2")
            .AddAgent("agent", Say, options =>
            {
                options.Version = "1";
                options.OnTurnStart = (turn, _) =>
                {
                    if (isBefore)
                    {
                        turn.RequestUpgrade("2");
                    }

                    return Task.CompletedTask;
                };
            }));

        Assert.Equal(isBefore ? "2: a" : "1: a", (await host.SendAsync("a")).Text);
        Assert.Equal("2: b", (await host.SendAsync("b")).Text);

        Assert.Equal([RunReason.Initial, RunReason.Upgrade], (await host.RunsAsync()).Select(run => run.Reason));
        Assert.Single(host.AllRecords, record => record.Control == ControlHeaders.UpgradeRequired);
    }

    [Fact]
    public async Task SideChannels_AnAppendStartsNoRun()
    {
        await using var host = await Agents.StartEchoAsync();
        await host.SendAsync("a");
        await IdleOutAsync(host);

        await Engine(host).AppendAsync(
            new StreamId(Session, "logs", StreamDirection.In), new AppendText("""{"kind":"message"}"""u8.ToArray(), "part"), CancellationToken.None);

        Assert.Single(await host.RunsAsync());
        Assert.False((await host.SessionAsync()).HasLiveRun);
    }

    [Fact]
    public async Task HeadStart_Final_OneMessageIdAndNoModelCall()
    {
        await using var host = await Agents.StartModelAsync();
        await host.StartSessionAsync(new
        {
            trigger = "handover-prepare",
            headStartMessages = System.Text.Json.JsonSerializer.SerializeToNode(new[] { UIMessage.User("u1", "hello") }, UIJson.Options),
        });

        await host.AppendAsync(JsonNode.Parse("""{"kind":"handover","messageId":"head-1","isFinal":true,"partialAssistantMessage":[{"role":"assistant","content":"All said."}]}""")!);
        await host.WaitForTurnAsync(0);

        UIMessage answer = (await host.TranscriptAsync())[^1];
        Assert.Equal(("head-1", "All said.", 0), (answer.Id, answer.Text, host.Model.Calls.Count));
    }

    [Fact]
    public async Task SessionLoop_AContinuationStartsEmpty_TheAuthorSeeds()
    {
        await using var host = await AgentTestHost.StartCustomAsync(async (loop, ct) =>
        {
            await foreach (SessionTurn turn in loop.Turns(ct))
            {
                if (turn.Message!.Text == "seed")
                {
                    turn.SetMessages([UIMessage.User("s", "seeded"), turn.Message]);
                }

                await turn.Output.WriteTextAsync($"{turn.UIMessages.Count}", ct);
                await turn.DoneAsync();
            }
        });
        Assert.Equal("1", (await host.SendAsync("a")).Text);
        await IdleOutAsync(host);

        Assert.Equal("1", (await host.SendAsync("b")).Text);
        Assert.Equal("2", (await host.SendAsync("seed")).Text);
    }

    [Fact]
    public async Task RawLoop_MessagesInChunksOutABoundary()
    {
        await using var host = await AgentTestHost.StartCustomAsync(async (loop, ct) =>
        {
            await foreach (SessionMessage message in loop.Channel.In.ReadAllAsync(ct))
            {
                await loop.Channel.Out.Current.WriteTextAsync($"raw {message.Message!.Text}", ct);
                await loop.Channel.Out.CompleteTurnAsync();
            }
        });

        Assert.Equal(["raw a", "raw b"], new[] { (await host.SendAsync("a")).Text, (await host.SendAsync("b")).Text });
    }

    [Fact]
    public async Task WebhookEvents_AForgedMarkIsStripped()
    {
        var marks = new List<bool>();
        await using var host = await Agents.StartEchoAsync(options => options.OnAction = (action, _) =>
        {
            marks.Add(action.IsWebhook);
            return Task.FromResult(ActionOutcome.Edited);
        });

        await host.WaitForTurnAsync(await host.AppendAsync(
            JsonNode.Parse("""{"kind":"message","payload":{"trigger":"action","actionSource":"webhook","action":{"type":"x"}}}""")!));

        Assert.Equal([false], marks);
    }

    [Fact]
    public async Task PromptCaching_ALaterPromptBeginsWithTheEarlierOne()
    {
        await using var host = await Agents.StartModelAsync(null, Look);
        host.Model.ToolCall("look", new { what = "it" }).Text("one").Text("two");
        await host.SendAsync("a");
        await host.SendAsync("b");

        string[] prompts = [.. host.Model.Calls.Select(call => System.Text.Json.JsonSerializer.Serialize(call.Messages, AIJsonUtilities.DefaultOptions).TrimEnd(']', '\n'))];
        Assert.StartsWith(prompts[0], prompts[1]);
        Assert.StartsWith(prompts[1], prompts[2]);
    }

    public sealed record Visits(int Count = 1, DateOnly Since = default);

    public sealed class Passing
    {
        public int Number { get; set; }
    }

    [Persisted]
    public sealed class Kept
    {
        public int Number { get; set; }
    }
}
