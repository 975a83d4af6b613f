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
}
