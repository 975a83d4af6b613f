using System.ComponentModel.DataAnnotations;
using AgentSessions.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Agents.Tests;

/// <summary>Agents that are classes: what they are given, and how long they live.</summary>
public sealed class AgentClassTests
{
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
