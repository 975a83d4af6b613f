using System.Text.Json;
using System.Text.Json.Nodes;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Terms;
using AgentSessions.Core.Storage;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Agents.Tests;

/// <summary>A recovery hook says which messages are answered; whoever sent another one is told as well.</summary>
public sealed class RecoveryPlanTests
{
    [Fact]
    public async Task OnRecovery_ChainAndListAreHonoured()
    {
        await using var host = await Agents.StartModelAsync(options => options.OnRecovery = (recovery, _) => Task.FromResult<RecoveryPlan?>(new RecoveryPlan
        {
            Messages = [UIMessage.User("x", "chain")],
            Redispatch = [UIMessage.User("y", "instead")],
        }));
        host.Model.Hangs("half ").Text("whole");
        await host.PostAsync("a");
        await host.TextAsync("half");

        await host.CrashRunAsync();
        await host.RestartAsync();
        await host.WaitForTurnAsync(0);

        Assert.Equal(["chain", "instead"], host.Model.Calls[1].Messages.Select(message => message.Text));
        Assert.Equal(["chain", "instead", "whole"], (await host.TranscriptAsync()).Select(message => message.Text));
    }

    [Fact]
    public async Task OnRecovery_AnEmptyList_EndsEveryMessageWithABoundary_AndNoRunFollows()
    {
        await using var host = await Agents.StartModelAsync(options => options.OnRecovery = (_, _) => Task.FromResult<RecoveryPlan?>(new RecoveryPlan { Redispatch = [] }));
        host.Model.Hangs("half ").Text("fine");
        await host.PostAsync("a");
        await host.TextAsync("half");
        await host.PostAsync("b");

        await host.CrashRunAsync();
        await host.RestartAsync();
        await host.WaitForTurnAsync(1);
        await host.AdvanceAsync(TimeSpan.FromSeconds(30));
        await host.RunsEndedAsync(1);

        Assert.Equal(["0", "1"], host.AllRecords.Where(static record => record.Control == ControlHeaders.TurnComplete).Select(static record => record.Header(ControlHeaders.InEventId)));
        Assert.Equal(2, (await host.RunsAsync()).Count);
        Assert.DoesNotContain("Run", host.HookLog.SkipWhile(static hook => hook != "OnRecovery"));
        Assert.Equal("fine", (await host.SendAsync("next")).Text);
    }

    [Fact]
    public async Task OnRecovery_Throws_DefaultsApply()
    {
        await using var host = await Agents.StartModelAsync(options => options.OnRecovery = (_, _) => throw new InvalidOperationException());
        host.Model.Hangs("half ").Text("whole");
        await host.PostAsync("a");
        await host.TextAsync("half");

        await host.CrashRunAsync();
        await host.RestartAsync();

        Assert.Equal("whole", (await host.WaitForTurnAsync(0)).Message!.Text);
    }

    [Fact]
    public async Task OnRecovery_WhatAListLeavesOut_IsToldWithAnEmptyTurn()
    {
        await using var host = await AgentTestHost.StartAsync(Agents.RespondAsync, static builder => builder.Options = static options => options.OnRecovery = static (recovery, _) =>
            Task.FromResult<RecoveryPlan?>(new RecoveryPlan { Redispatch = [recovery.InFlight[1]] }));
        host.Model.Hangs("half ").Text("whole");
        for (int i = 0; i < 3; i++)
        {
            JsonNode message = JsonSerializer.SerializeToNode(UIMessage.User($"u{i}", $"{i}"), UIJson.Options)!;
            var payload = new JsonObject { ["trigger"] = "submit-message", ["message"] = message };
            await host.AppendAsync(new JsonObject { ["kind"] = "message", ["payload"] = payload }, new MessageTerms { Receipt = $"r{i}", IsApart = true });
        }

        await host.TextAsync("half");
        await host.CrashRunAsync();
        await host.RestartAsync();
        await host.WaitForTurnAsync(2);

        IStateStore state = host.Services.GetRequiredService<IStateStore>();
        for (int i = 0; i < 3; i++)
        {
            TurnReceipt receipt = (await TurnReceipt.FindAsync(state, "test", $"r{i}", CancellationToken.None))!;
            Assert.Equal((TurnState.Completed, i == 1 ? "1 whole" : ""), (receipt.State, string.Join(' ', receipt.Messages.Select(static message => message.Text))));
        }

        Assert.Equal(["0", "0", "2"], host.AllRecords.Where(static record => record.Control == ControlHeaders.TurnComplete).Select(static record => record.Header(ControlHeaders.InEventId)));
        Assert.Equal(2, host.Model.Calls.Count);
    }
}
