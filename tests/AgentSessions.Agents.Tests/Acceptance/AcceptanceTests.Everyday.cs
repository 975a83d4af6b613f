using System.ComponentModel.DataAnnotations;
using AgentSessions.Client;
using AgentSessions.Core.Clients;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Tests.Acceptance;

/// <content>What every agent uses.</content>
public sealed partial class AcceptanceTests
{
    [Fact]
    public async Task RegisterAgent_AnUnknownNameIsRefusedAtSessionCreate()
    {
        await using var host = await Agents.StartEchoAsync();

        var refused = await Assert.ThrowsAsync<SessionException>(async () => await Engine(host).StartAsync(
            new StartSession { Environment = "test", ExternalId = "other", Type = "chat.agent", Agent = "nobody", TriggerConfig = "{}" }, CancellationToken.None));

        Assert.Equal(SessionErrorCode.UnknownAgent, refused.Code);
    }

    [Fact]
    public async Task SessionCreate_TwoInParallel_OneSessionOneRunOneInitialRow()
    {
        await using var host = await Agents.StartEchoAsync();

        StartedSession[] started = await Task.WhenAll(host.StartSessionAsync(), host.StartSessionAsync());

        Assert.Single(started, session => !session.IsCached);
        Assert.Single(started.Select(session => session.Row.Id).Distinct());
        Assert.Equal([RunReason.Initial], (await host.RunsAsync()).Select(run => run.Reason));
    }

    [Fact]
    public async Task AppendEnsuresRun_TwoInParallelOnADeadRun_OneLiveRunVersionPlusOne()
    {
        await using var host = await Agents.StartEchoAsync();
        await host.SendAsync("a");
        await IdleOutAsync(host);
        long version = (await host.SessionAsync()).RunVersion;

        long[] sequences = await Task.WhenAll(host.PostAsync("b"), host.PostAsync("c"));
        await host.WaitForTurnAsync(sequences.Max());

        Assert.Equal(version + 1, (await host.SessionAsync()).RunVersion);
        Assert.Equal(2, (await host.RunsAsync()).Count);
    }

    [Fact]
    public async Task MultiTurnAccumulation_ModelSees1_3_5()
    {
        await using var host = await Agents.StartModelAsync();
        host.Model.Text("1").Text("2").Text("3");

        await host.SendAsync("a");
        await host.SendAsync("b");
        await host.SendAsync("c");

        Assert.Equal([1, 3, 5], host.Model.Calls.Select(call => call.Messages.Count));
    }

    [Fact]
    public async Task StreamingUIChunks_EveryTurnReducesToItsMessage_WithStableIds()
    {
        await using var host = await Agents.StartModelAsync(null, Look);
        host.Model.ToolCall("look", new { what = "it" }).Text("Here.").Text("Again.");

        foreach (TestTurn turn in (TestTurn[])[await host.SendAsync("a"), await host.SendAsync("b")])
        {
            var reduced = new UIMessageBuilder();
            foreach (UIMessageChunk chunk in turn.Chunks)
            {
                reduced.Apply(chunk);
            }

            Assert.Equal(turn.Message!.Text, reduced.Build().Text);
            Assert.Equal(turn.Message.Id, turn.Chunks.OfType<StartChunk>().Single().MessageId);
        }
    }

    [Fact]
    public async Task ResumeByCursor_AnyPlaceYieldsExactlyTheRest()
    {
        await using var host = await Agents.StartModelAsync(null, Look);
        host.Model.ToolCall("look", new { what = "it" }).Text("Here.");
        await host.SendAsync("a");

        for (int from = 0; from <= host.AllRecords.Count; from++)
        {
            Assert.Equal(host.AllRecords.Skip(from).Select(record => record.Sequence), (await ReadOutAsync(host, from)).Select(record => record.Sequence));
        }
    }

    [Fact]
    public async Task BoundaryAndTrim_TheEarliestRecordIsTheBoundaryBefore()
    {
        await using var host = await Agents.StartEchoAsync();
        TestTurn first = await host.SendAsync("a");

        await host.SendAsync("b");

        Assert.Equal(first.Boundary.Sequence, (await host.OldestOutAsync()).Value);
    }

    [Fact]
    public async Task OnBoot_AndOnChatStart_FirstRunAndContinuation_NotOnWake()
    {
        await using var host = await Agents.StartEchoAsync(options => options.TurnTimeout = TimeSpan.FromHours(1));
        await host.SendAsync("a");
        await host.AdvanceAsync(_idle);
        await host.HookCalledAsync("OnSuspend");
        await host.SendAsync("b");
        Assert.Single(host.HookLog, "OnBoot");

        await host.EndRunAsync();
        await host.RunsEndedAsync(1);
        await host.SendAsync("c");

        Assert.Equal(2, host.HookLog.Count(hook => hook == "OnBoot"));
        Assert.Single(host.HookLog, "OnChatStart");
    }

    [Fact]
    public async Task TurnHooks_InTheirOrder()
    {
        await using var host = await Agents.StartEchoAsync();
        DateTimeOffset before = host.Time.GetUtcNow();

        await host.SendAsync("a");
        await host.SendAsync("b");

        Assert.Equal(
            ["OnBoot", "GetTools", "OnValidateMessages", "LoadContext", "OnChatStart", "OnTurnStart", "Run", "OnBeforeTurnComplete", "OnTurnComplete"],
            host.HookLog.Take(9).Except(["PrepareMessages"]));
        Assert.Equal(
            ["GetTools", "OnValidateMessages", "LoadContext", "OnTurnStart", "Run", "OnBeforeTurnComplete", "OnTurnComplete"], host.HookLog.Skip(9));
        Assert.Equal(before, host.Time.GetUtcNow());
    }

    [Fact]
    public async Task TypedClientData_BadDataIsAnErrorAndABoundary_RunNotCalled_TheNextGoodMessageWorks()
    {
        await using var host = await AgentTestHost.StartAsync<Greeter>(builder => builder.ClientData = new Person("Ann"));

        TestTurn bad = await host.SendAsync("a", clientData: new { age = 5 });
        Assert.DoesNotContain("Run", host.HookLog);
        TestTurn good = await host.SendAsync("b");

        Assert.NotNull(bad.ErrorText);
        Assert.Equal(ControlHeaders.TurnComplete, bad.Boundary.Control);
        Assert.Equal("Hello Ann", good.Text);
    }

    [Fact]
    public async Task Stop_StoppedIsTrue_PartialKept_NextSendInTheSameRun()
    {
        await using var host = await Agents.StartModelAsync();
        host.Model.Hangs("half ").Text("next");
        long sequence = await host.PostAsync("a");
        await host.TextAsync("half ");

        await host.StopGenerationAsync();
        TestTurn stopped = await host.WaitForTurnAsync(sequence);
        TestTurn next = await host.SendAsync("b");

        Assert.Equal((true, "half ", "next"), (stopped.Stopped, stopped.Message!.Text, next.Text));
        Assert.Single(await host.RunsAsync());
    }

    [Fact]
    public async Task TurnErrorHandling_SanitisedError_Boundary_OnTurnComplete_NextTurnFine()
    {
        var errors = new List<Exception?>();
        await using var host = await Agents.StartModelAsync(options => options.OnTurnComplete = (turn, _) =>
        {
            errors.Add(turn.Error);
            return Task.CompletedTask;
        });
        host.Model.Fails(new InvalidOperationException("secret")).Text("fine");

        TestTurn bad = await host.SendAsync("a");
        TestTurn good = await host.SendAsync("b");

        Assert.Equal((AgentOptions.DefaultErrorText, "fine"), (bad.ErrorText, good.Text));
        Assert.Equal([true, false], errors.Select(error => error is not null));
    }

    [Fact]
    public async Task ToolsExecuted_CallResultSecondStepFinalTextInOneMessage()
    {
        await using var host = await Agents.StartModelAsync(null, Look);
        host.Model.ToolCall("look", new { what = "it" }).Text("Here.");

        TestTurn turn = await host.SendAsync("a");

        Assert.Equal("found it", turn.Message!.Tools.Single().Output!.Value.GetString());
        Assert.Equal(("Here.", 2), (turn.Message.Text, turn.Message.Parts.OfType<StepStartPart>().Count()));
    }

    [Fact]
    public async Task StepLimit_EndsAtMaxStepsWithToolCalls()
    {
        await using var host = await Agents.StartModelAsync(options => options.MaxSteps = 2, Look);
        host.Model.ToolCall("look", new { what = "1" }).ToolCall("look", new { what = "2" });

        TestTurn turn = await host.SendAsync("a");

        Assert.Equal(UIFinishReason.ToolCalls, turn.Chunks.OfType<FinishChunk>().Single().FinishReason);
        Assert.Equal(2, host.Model.Calls.Count);
    }

    [Fact]
    public async Task CustomDataParts_NonTransientStored_TransientNot()
    {
        await using var host = await AgentTestHost.StartAsync(async (turn, ct) =>
        {
            await turn.Output.WriteDataAsync("passing", 1, transient: true, cancellationToken: ct);
            await turn.Output.WriteDataAsync("kept", 2, cancellationToken: ct);
        });

        TestTurn turn = await host.SendAsync("a");

        Assert.Equal(["passing", "kept"], turn.Chunks.OfType<DataChunk>().Select(chunk => chunk.Name));
        Assert.Equal(["kept"], turn.Message!.Parts.OfType<DataPart>().Select(part => part.Name));
    }

    [Fact]
    public async Task TranscriptStoreDefault_ARestartedProcessSeesThePast()
    {
        await using var host = await Agents.StartModelAsync();
        host.Model.Text("one").Text("two");
        await host.SendAsync("a");

        await RestartAsync(host);
        await host.SendAsync("b");

        Assert.Equal(["a", "one", "b"], Prompt(host, 1));
    }

    [Fact]
    public Task TranscriptStoreCustom_TheContractPasses() => new TranscriptStoreTests().AStoreThatKeepsTheContract_Passes();

    [Fact]
    public async Task ContinuationRuns_IdleOutThenSend_NewRunSameOut()
    {
        await using var host = await Agents.StartEchoAsync();
        TestTurn first = await host.SendAsync("a");
        await IdleOutAsync(host);

        TestTurn next = await host.SendAsync("b");

        Assert.Equal([RunReason.Initial, RunReason.Continuation], (await host.RunsAsync()).Select(run => run.Reason));
        Assert.Equal(first.Boundary.Sequence + 1, next.Records[0].Sequence);
    }

    [Fact]
    public async Task IdleAndTurnTimeouts_TheClockDrivesIdleSuspendEnd()
    {
        await using var host = await Agents.StartEchoAsync(options => options.TurnTimeout = TimeSpan.FromHours(1));
        await host.SendAsync("a");

        await host.AdvanceAsync(_idle);
        await host.HookCalledAsync("OnSuspend");
        await host.AdvanceAsync(TimeSpan.FromHours(1));
        await host.RunsEndedAsync(1);

        Assert.Equal(RunEnd.IdleTimeout, (await host.RunsAsync())[0].End);
    }

    [Fact]
    public async Task ServerClient_OneRoundTripEach()
    {
        await using var host = await Agents.StartModelAsync();
        host.Model.Text("one").Text("two").Hangs("three");
        await using AgentChat chat = EngineAgentChats.Create(Engine(host), "test").Create(new AgentChatOptions { Agent = "agent", ChatId = "chat" });

        await chat.PreloadAsync();
        Assert.Equal("one", await (await chat.SendMessageAsync("a")).TextAsync());
        Assert.Equal("two", await chat.TextAsync("b"));
        AgentChatStream third = await chat.SendMessageAsync("c");
        await host.TextAsync("three");
        await chat.StopAsync();
        Assert.True((await third.ResultAsync()).Stopped);
        Assert.Empty(await chat.ReconnectAsync() is { } settled ? (await settled.ResultAsync()).Text : "");
        await chat.CloseAsync("done");

        Assert.Equal("done", (await host.SessionAsync()).ClosedReason);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public async Task ApprovalTools_ApproveRunsOnceWithTheStoredInput_DenyNever(bool approved, int expected)
    {
        var ran = new List<string>();
        AIFunction pay = new ApprovalRequiredAIFunction(AIFunctionFactory.Create((string to) => ran.Add(to), "pay"));
        await using var host = await Agents.StartModelAsync(null, pay);
        host.Model.ToolCall("pay", new { to = "Ann" }).Text("Done.");
        TestTurn asked = await host.SendAsync("a");
        Assert.Empty(ran);

        TestTurn turn = await host.ApproveAsync(asked.Message!, asked.Message!.Approvals.Single(), approved);

        Assert.Equal(Enumerable.Repeat("Ann", expected), ran);
        Assert.Equal((asked.Message.Id, "Done."), (turn.Message!.Id, turn.Message.Text));
    }

    public sealed record Person([property: Required] string Name);

    public sealed class Greeter : ChatAgent<Person>
    {
        protected override Task RunAsync(TurnContext<Person> turn, CancellationToken cancellationToken) =>
            turn.Output.WriteTextAsync($"Hello {turn.ClientData.Name}", cancellationToken).AsTask();
    }
}
