using System.Reflection;
using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Agents.Tests;

public sealed class FilterTests
{
    private static readonly UsageDetails _large = new() { InputTokenCount = 900, OutputTokenCount = 200, TotalTokenCount = 1100 };

    [Fact]
    public void AFilter_HasAMethodForEveryHook()
    {
        IEnumerable<string> hooks = typeof(IAgentHooks).GetMethods().Where(static method => !method.IsSpecialName).Select(static method => method.Name);

        Assert.Equal(
            hooks.Order(), typeof(AgentFilter).GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly).Select(static method => method.Name).Order());
    }

    [Fact]
    public async Task AFilter_IsAroundWhatReadsConversationsAndWaits()
    {
        var log = new List<string>();
        await using var host = await AgentTestHost.StartAsync(Agents.RespondAsync, host =>
        {
            host.Services.AddSingleton(log);
            host.Agents(static agents => agents.AddAgentFilter<Noting>());
            host.Options = static options =>
            {
                options.TurnTimeout = TimeSpan.FromHours(1);
                options.Compaction = new CompactionOptions { MaxTokens = 1000, Summarize = static (_, _) => Task.FromResult("sum") };
            };
        });
        host.Model.Text("one", _large).Text("two");

        await host.SendAsync("a");
        await host.AdvanceAsync(TimeSpan.FromSeconds(30));
        await host.HookCalledAsync("OnSuspend");
        await host.SendAsync("b");

        Assert.Equal(
            ["load 1", "prepare Run", "prepare CompactionRebuild", "prepare CompactionResult", "compacted", "suspend", "resume", "load 1", "prepare Run"], log);
        Assert.Equal(["marked", "a"], host.Model.Calls[0].Messages.Select(static message => message.Text));
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

    public sealed class Noting(List<string> log) : AgentFilter
    {
        public override Task<IReadOnlyList<UIMessage>?> LoadContextAsync(
            TurnContext turn, IReadOnlyList<UIMessage> incoming, IReadOnlyList<UIMessage> previous, Func<Task<IReadOnlyList<UIMessage>?>> next,
            CancellationToken cancellationToken)
        {
            log.Add($"load {incoming.Count}");
            return next();
        }

        public override Task<IReadOnlyList<ChatMessage>> PrepareMessagesAsync(
            TurnContext turn, IReadOnlyList<ChatMessage> messages, PrepareReason reason, Func<IReadOnlyList<ChatMessage>, Task<IReadOnlyList<ChatMessage>>> next,
            CancellationToken cancellationToken)
        {
            log.Add($"prepare {reason}");
            return next(reason == PrepareReason.Run ? [new ChatMessage(ChatRole.User, "marked"), .. messages] : messages);
        }

        public override Task OnCompactedAsync(TurnContext turn, Compacted compacted, Func<Task> next, CancellationToken cancellationToken) => NoteAsync("compacted", next);

        public override Task OnSuspendAsync(WaitContext wait, Func<Task> next, CancellationToken cancellationToken) => NoteAsync("suspend", next);

        public override Task OnResumeAsync(WaitContext wait, Func<Task> next, CancellationToken cancellationToken) => NoteAsync("resume", next);

        private Task NoteAsync(string hook, Func<Task> next)
        {
            log.Add(hook);
            return next();
        }
    }

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
}
