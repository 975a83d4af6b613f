using AgentSessions.Core.Storage;
using AgentSessions.Core.Turns.Accounts;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Agents.Tests;

public sealed class TurnAccountTests
{
    [Fact]
    public async Task Turn_LeavesAnAccountOfWhatItCalledAndWhatItTook()
    {
        await using AgentTestHost host = await StartAsync();
        host.Model.ToolCall("lookup").Text("done", Usage(7, 3, nano: 1_500)).Text("again", Usage(20, 5, nano: 4_000));
        long first = await host.PostAsync("a");
        await host.WaitForBoundaryAsync(first);
        await host.SendAsync("b");

        IReadOnlyList<TurnAccount> accounts = await ListAsync(host);

        Assert.Equal([(7L, 3L, 1_500L), (20, 5, 4_000)], accounts.Select(static account => (account.InputTokens, account.OutputTokens, account.Cost!["USD"])));
        Assert.Equal(["answered", "answered"], accounts.Select(static account => account.Outcome));
        Assert.Equal(first, accounts[0].Input);
        Assert.Equal(["OnBoot", "OnChatStart", "OnTurnStart", "Run"], accounts[0].Entries
            .Where(static entry => entry.Kind == AccountKind.Hook).Select(static entry => entry.Name).Intersect(["OnBoot", "OnChatStart", "OnTurnStart", "Run"]));
        Assert.Equal([(AccountKind.Model, false), (AccountKind.Tool, true), (AccountKind.Model, false)], accounts[0].Entries
            .Where(static entry => entry.Kind != AccountKind.Hook).Select(static entry => (entry.Kind, entry.HasFailed)));
        Assert.Contains("OnTurnComplete", accounts[1].Entries.Select(static entry => entry.Name));
    }

    [Fact]
    public async Task TurnThatFails_LeavesWhatItsUserWasTold()
    {
        await using AgentTestHost host = await AgentTestHost.StartAsync(static (_, _) => throw new AgentUserException("Not today."));
        await host.WaitForBoundaryAsync(await host.PostAsync("a"));

        TurnAccount account = Assert.Single(await ListAsync(host));

        Assert.Equal(("failed", "Not today."), (account.Outcome, account.Error));
        Assert.NotNull(account.MessageId);
    }

    [Fact]
    public async Task Accounts_AreReadFromABoundaryOn()
    {
        await using AgentTestHost host = await StartAsync();
        host.Model.Text("one").Text("two");
        await host.SendAsync("a");
        await host.SendAsync("b");
        IReadOnlyList<TurnAccount> all = await ListAsync(host);

        Assert.Equal(2, all.Count);
        Assert.Equal([all[1].Boundary], (await ListAsync(host, all[0].Boundary)).Select(static account => account.Boundary));
    }

    private static Task<AgentTestHost> StartAsync() => AgentTestHost.StartAsync((turn, ct) => turn.RespondAsync(
        turn.Services.GetRequiredService<IChatClient>(),
        new ChatOptions { Tools = [AIFunctionFactory.Create(string () => throw new InvalidOperationException(), "lookup")] },
        ct));

    private static async Task<IReadOnlyList<TurnAccount>> ListAsync(AgentTestHost host, long after = -1) =>
        await TurnAccount.ListAsync(host.Services.GetRequiredService<IStateStore>(), await host.SessionAsync(), after, limit: 100, CancellationToken.None);

    private static UsageDetails Usage(long input, long output, long nano) => new()
    {
        InputTokenCount = input,
        OutputTokenCount = output,
        AdditionalCounts = new() { [TurnAccount.MoneyPrefix + "USD"] = nano },
    };
}
