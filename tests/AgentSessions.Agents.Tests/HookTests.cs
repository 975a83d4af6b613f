using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Agents.Tests;

public sealed class HookTests
{
    [Fact]
    public async Task Preload_OnPreloadThenTurn0WithPreloaded()
    {
        bool? preloaded = null;
        await using var host = await Agents.StartEchoAsync(options => options.OnChatStart = (turn, _) =>
        {
            preloaded = turn.IsPreloaded;
            return Task.CompletedTask;
        });

        await host.PreloadAsync();
        Assert.Equal(["OnBoot", "OnPreload"], host.HookLog);
        await host.SendAsync("a");

        Assert.True(preloaded);
        Assert.Single(await host.RunsAsync());
        Assert.Equal(1, host.HookLog.Count(hook => hook == "OnBoot"));
    }

    [Fact]
    public async Task OnValidateMessages_Throws_ErrorAndHistoryKeepsTheMessage()
    {
        await using var host = await Agents.StartEchoAsync(options => options.OnValidateMessages = (_, incoming, _) =>
            incoming[0].Text == "bad" ? throw new AgentUserException("No such words.") : Task.FromResult(incoming));

        TestTurn bad = await host.SendAsync("bad");
        TestTurn good = await host.SendAsync("good");

        Assert.Equal("No such words.", bad.ErrorText);
        Assert.Equal("2: good", good.Text);
        Assert.Equal("bad", (await host.TranscriptAsync())[0].Text);
    }

    [Fact]
    public async Task OnValidateMessages_MayRewrite()
    {
        await using var host = await Agents.StartEchoAsync(options => options.OnValidateMessages = (_, incoming, _) =>
            Task.FromResult<IReadOnlyList<UIMessage>>([.. incoming.Select(message => UIMessage.User(message.Id, message.Text.ToUpperInvariant()))]));

        Assert.Equal("1: ABC", (await host.SendAsync("abc")).Text);
    }

    [Fact]
    public async Task LoadContext_TheReturnedListIsWhatTheModelSees()
    {
        await using var host = await Agents.StartModelAsync(options => options.LoadContext = (_, incoming, _, _) =>
            Task.FromResult<IReadOnlyList<UIMessage>?>([UIMessage.User("own", "from the database"), .. incoming]));
        host.Model.Text("ok");

        await host.SendAsync("hi");

        Assert.Equal(["from the database", "hi"], host.Model.Calls[0].Messages.Select(message => message.Text));
    }

    [Fact]
    public async Task LoadContext_AMessageThatIsAnsweredAlready_IsNotAnsweredAgain()
    {
        var stored = new List<UIMessage>();
        await using var host = await Agents.StartModelAsync(options =>
        {
            options.LoadContext = (_, incoming, _, _) => Task.FromResult<IReadOnlyList<UIMessage>?>([.. stored, .. incoming.Where(message => stored.TrueForAll(known => known.Id != message.Id))]);
            options.OnTurnComplete = (turn, _) =>
            {
                stored.AddRange(turn.NewUIMessages);
                return Task.CompletedTask;
            };
        });
        host.Model.Text("one").Text("two");
        UIMessage question = UIMessage.User("q", "a");
        await host.SendAsync(question);

        TestTurn again = await host.SendAsync(question);

        Assert.Empty(again.Chunks);
        Assert.Single(host.Model.Calls);
        Assert.Equal("two", (await host.SendAsync("b")).Text);
    }

    [Fact]
    public async Task HistoryEdits_AreAppliedAfterTheHook_AndLostIfItThrows()
    {
        bool fails = true;
        await using var host = await Agents.StartEchoAsync(options => options.OnTurnStart = (turn, _) =>
        {
            if (turn.UIMessages.Count > 2)
            {
                turn.History.Slice(^1..);
                Assert.Single(turn.History.All);
                if (fails)
                {
                    fails = false;
                    throw new InvalidOperationException();
                }
            }

            return Task.CompletedTask;
        });
        await host.SendAsync("a");

        TestTurn failed = await host.SendAsync("b");
        Assert.NotNull(failed.ErrorText);
        Assert.Equal(3, (await host.TranscriptAsync()).Count);

        Assert.Equal("1: c", (await host.SendAsync("c")).Text);
        Assert.Equal(["c", "1: c"], (await host.TranscriptAsync()).Select(message => message.Text));
    }

    [Fact]
    public async Task History_TellsCallsThatWait_FromCallsThatAreDone()
    {
        string[] waiting = [];
        string[] done = [];
        await using AgentTestHost host = await AgentTestHost.StartAsync((turn, _) =>
        {
            turn.History.Set(
            [
                Calling("""{"type":"tool-a","toolCallId":"old","state":"output-available","input":1,"output":1},{"type":"tool-a","toolCallId":"left","state":"input-available","input":1}"""),
                Calling("""
                    {"type":"tool-a","toolCallId":"waits","state":"input-available","input":1},{"type":"tool-a","toolCallId":"done","state":"output-available","input":1,"output":2},
                    {"type":"tool-a","toolCallId":"growing","state":"output-available","input":1,"output":2,"preliminary":true},{"type":"tool-a","toolCallId":"failed","state":"output-error","input":1,"errorText":"x"},
                    {"type":"tool-a","toolCallId":"asked","state":"approval-requested","input":1,"approval":{"id":"p"}},
                    {"type":"tool-a","toolCallId":"denied","state":"output-denied","input":1,"approval":{"id":"q","approved":false}}
                    """),
                turn.Message!,
            ]);
            waiting = [.. turn.History.PendingToolCalls.Select(static call => call.ToolCallId)];
            done = [.. turn.History.ResolvedToolCalls.Select(static call => call.ToolCallId)];
            return Task.CompletedTask;
        });

        await host.SendAsync("go");

        Assert.Equal(["waits"], waiting);
        Assert.Equal(["done", "failed", "denied"], done);
    }

    private static UIMessage Calling(string parts) =>
        JsonSerializer.Deserialize<UIMessage>($$"""{"id":"a-{{parts.Length}}","role":"assistant","parts":[{{parts}}]}""", UIJson.Options)!;

    [Fact]
    public async Task HistoryEdits_SetRemoveRollbackAndReplace()
    {
        await using var host = await Agents.StartEchoAsync(options => options.OnTurnStart = (turn, _) =>
        {
            switch (turn.Message!.Text)
            {
                case "remove":
                    Assert.True(turn.History.Remove("user-1"));
                    Assert.False(turn.History.Remove("nobody"));
                    break;
                case "replace":
                    Assert.True(turn.History.Replace(UIMessage.User("user-2", "replaced")));
                    break;
                case "rollback":
                    Assert.True(turn.History.RollbackTo("user-2"));
                    break;
                case "set":
                    turn.History.Set([UIMessage.User("only", "set anew")]);
                    break;
            }

            return Task.CompletedTask;
        });
        await host.SendAsync("first");

        await host.SendAsync("remove");
        Assert.Equal(["1: first", "remove", "2: remove"], await TextsAsync(host));
        await host.SendAsync("replace");
        Assert.Equal(["1: first", "replaced", "2: remove", "replace", "4: replace"], await TextsAsync(host));
        await host.SendAsync("rollback");
        Assert.Equal(["1: first", "replaced", "2: rollback"], await TextsAsync(host));
        await host.SendAsync("set");
        Assert.Equal(["set anew", "1: set"], await TextsAsync(host));
    }

    [Fact]
    public async Task CustomDataParts_NonTransientInTheStoredMessage_TransientNot()
    {
        await using var host = await AgentTestHost.StartAsync(async (turn, ct) =>
        {
            await turn.Output.WriteDataAsync("status", new { phase = "thinking" }, transient: true, cancellationToken: ct);
            await turn.Output.WriteDataAsync("card", new { title = "Kept" }, cancellationToken: ct);
            await turn.Output.WriteTextAsync("done", ct);
        });

        TestTurn turn = await host.SendAsync("a");

        Assert.Equal(2, turn.Chunks.OfType<DataChunk>().Count());
        DataPart kept = Assert.Single(turn.Message!.Parts.OfType<DataPart>());
        Assert.Equal("card", kept.Name);
        Assert.Equal("Kept", kept.Data.GetProperty("title").GetString());
    }

    [Fact]
    public async Task OnBeforeTurnComplete_MayStillWrite()
    {
        await using var host = await Agents.StartEchoAsync(options => options.OnBeforeTurnComplete = (turn, ct) =>
            turn.Output.WriteDataAsync("footer", turn.Response!.Text, cancellationToken: ct).AsTask());

        TestTurn turn = await host.SendAsync("a");

        Assert.Equal("finish", turn.Chunks[^1].Type);
        Assert.Equal("1: a", Assert.Single(turn.Message!.Parts.OfType<DataPart>()).Data.GetString());
    }

    [Fact]
    public async Task OnTurnComplete_SeesTheErrorOfAFailedTurn()
    {
        var seen = new List<(bool Failed, string? Reason, long? Boundary, int New)>();
        await using var host = await AgentTestHost.StartAsync(
            (turn, ct) => turn.Message!.Text == "bad" ? throw new InvalidOperationException() : Agents.EchoAsync(turn, ct),
            host => host.Options = options => options.OnTurnComplete = (turn, _) =>
            {
                seen.Add((turn.Error is not null, turn.FinishReason, turn.LastEventId, turn.NewUIMessages.Count));
                return Task.CompletedTask;
            });

        TestTurn bad = await host.SendAsync("bad");
        TestTurn good = await host.SendAsync("good");

        Assert.Equal([(true, "error", bad.Boundary.Sequence, 1), (false, "stop", good.Boundary.Sequence, 2)], seen);
    }

    [Fact]
    public async Task OnTurnComplete_Throws_NothingIsLost()
    {
        await using var host = await Agents.StartEchoAsync(options => options.OnTurnComplete = (_, _) => throw new InvalidOperationException());

        Assert.Equal("1: a", (await host.SendAsync("a")).Text);
        Assert.Equal("3: b", (await host.SendAsync("b")).Text);
    }

    [Fact]
    public async Task Filters_RunOutsideTheAgentsOwnHooks_TheFirstOneOutermost()
    {
        var log = new List<string>();
        await using var host = await AgentTestHost.StartAsync(
            (turn, ct) =>
            {
                log.Add("run");
                return Agents.EchoAsync(turn, ct);
            },
            host =>
            {
                host.Services.AddSingleton(log);
                host.Agents(agents => agents.AddAgentFilter<Outer>().AddAgentFilter<Inner>());
                host.Agents(agents => agents.AddAgentFilter<Stranger>("another agent"));
            });

        await host.SendAsync("a");

        Assert.Equal(["outer in", "inner in", "run", "inner out", "outer out"], log);
    }

    [Fact]
    public async Task TypedClientData_BadDataFailsTheTurn_RunIsNotCalled_TheNextGoodMessageWorks()
    {
        await using var host = await AgentTestHost.StartAsync<TypedAgent>();

        TestTurn missing = await host.SendAsync("a");
        TestTurn wrong = await host.SendAsync("b", new { name = 5 });
        TestTurn invalid = await host.SendAsync("c", new { name = "x", age = 500 });
        TestTurn good = await host.SendAsync("d", new { name = "Ada", age = 36 });

        Assert.All([missing, wrong, invalid], turn => Assert.Equal("Invalid client data", turn.ErrorText));
        Assert.Equal("Ada 36", good.Text);
        Assert.Equal(1, host.HookLog.Count(hook => hook == "Run"));
    }

    [Fact]
    public async Task AgentClass_OneInstanceAndScopeForEachRun_DisposedWithIt()
    {
        Counters counters = new();
        await using var host = await AgentTestHost.StartAsync<CountingAgent>(host => host.Services.AddSingleton(counters).AddScoped<Scoped>());

        Assert.Equal("1", (await host.SendAsync("a")).Text);
        Assert.Equal("2", (await host.SendAsync("b")).Text);
        await host.EndRunAsync();
        await host.RunsEndedAsync(1);
        Assert.Equal("1", (await host.SendAsync("c")).Text);

        Assert.Equal((2, 1, 2), (counters.Made, counters.Disposed, counters.Scopes));
    }

    [Fact]
    public async Task TurnContextAccessor_FindsTheTurnInToolsAndHooks_AndThrowsOutside()
    {
        ITurnContextAccessor? accessor = null;
        AIFunction tool = AIFunctionFactory.Create(() => accessor!.Turn.ChatId, "where");
        string? last = null;
        await using var host = await Agents.StartModelAsync(
            options => options.OnBeforeTurnComplete = (_, _) =>
            {
                last = accessor!.Turn.ChatId;
                return Task.CompletedTask;
            },
            tool);
        accessor = host.Services.GetRequiredService<ITurnContextAccessor>();
        host.Model.ToolCall("where").Text("ok");

        TestTurn turn = await host.SendAsync("a");

        Assert.Equal("chat", turn.Message!.Tools.Single().Output!.Value.GetString());
        Assert.Equal("chat", last);
        Assert.Throws<InvalidOperationException>(() => accessor.Turn);
    }

    private static async Task<IEnumerable<string>> TextsAsync(AgentTestHost host) => (await host.TranscriptAsync()).Select(message => message.Text);

    public sealed class Outer(List<string> log) : AgentFilter
    {
        public override async Task RunAsync(TurnContext turn, Func<Task> next, CancellationToken cancellationToken)
        {
            log.Add("outer in");
            await next();
            log.Add("outer out");
        }
    }

    public sealed class Inner(List<string> log) : AgentFilter
    {
        public override async Task RunAsync(TurnContext turn, Func<Task> next, CancellationToken cancellationToken)
        {
            log.Add("inner in");
            await next();
            log.Add("inner out");
        }
    }

    public sealed class Stranger(List<string> log) : AgentFilter
    {
        public override Task RunAsync(TurnContext turn, Func<Task> next, CancellationToken cancellationToken)
        {
            log.Add("stranger");
            return next();
        }
    }

    public sealed record Person([property: Required] string Name, [Range(1, 150)] int Age);

    public sealed class TypedAgent : ChatAgent<Person>
    {
        protected override Task RunAsync(TurnContext<Person> turn, CancellationToken cancellationToken) =>
            turn.Output.WriteTextAsync($"{turn.ClientData.Name} {turn.ClientData.Age}", cancellationToken).AsTask();
    }

    public sealed class Counters
    {
        public int Made;
        public int Disposed;
        public int Scopes;
    }

    public sealed class Scoped
    {
        public Scoped(Counters counters) => Interlocked.Increment(ref counters.Scopes);
    }

    public sealed class CountingAgent : ChatAgent, IAsyncDisposable
    {
        private readonly Counters _counters;
        private int _turns;

        public CountingAgent(Counters counters, Scoped scoped)
        {
            _ = scoped;
            _counters = counters;
            Interlocked.Increment(ref counters.Made);
        }

        public ValueTask DisposeAsync()
        {
            Interlocked.Increment(ref _counters.Disposed);
            return default;
        }

        protected override Task RunAsync(TurnContext turn, CancellationToken cancellationToken) =>
            turn.Output.WriteTextAsync($"{++_turns}", cancellationToken).AsTask();
    }
}
