using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Tests;

/// <summary>What a dead run had said stays, with the question that it answered; the messages behind it are answered next.</summary>
public sealed class RecoverySpliceTests
{
    [Fact]
    public async Task RecoverySplice_KillThenSecondMessage_PromptIsSU0PU1()
    {
        await using var host = await Agents.StartModelAsync();
        host.Model.Text("before").Hangs("half ").Text("whole");
        await host.SendAsync("s");
        await host.PostAsync("u0");
        await host.TextAsync("half");
        await host.PostAsync("u1");

        await host.CrashRunAsync();
        await host.RestartAsync();
        await host.WaitForTurnAsync(2);

        Assert.Equal(["s", "before", "u0", "half ", "u1"], host.Model.Calls[2].Messages.Select(message => message.Text));
        Assert.Equal(["s", "before", "u0", "half ", "u1", "whole"], (await host.TranscriptAsync()).Select(message => message.Text));
    }

    [Theory]
    [InlineData("text-start")]
    [InlineData("tool-input-start")]
    public async Task RecoverySplice_OfAnAnswerThatSaidNothing_AnswersItsMessageToo(string begun)
    {
        await using var host = await AgentTestHost.StartAsync(async (turn, ct) =>
        {
            if (!turn.IsContinuation)
            {
                await turn.Output.WriteAsync(begun == "text-start" ? new TextStartChunk("t") : new ToolInputStartChunk("c", "look"), ct);
                await turn.Output.WriteAsync(new DataChunk("begun", UIJson.Null) { Transient = true }, ct);
                await Task.Delay(Timeout.Infinite, ct);
            }

            await turn.Output.WriteTextAsync($"to {turn.Message!.Text}", ct);
        });
        await host.PostAsync("u0");
        await host.RecordAsync(static record => record.Body.Contains("data-begun"));
        await host.PostAsync("u1");
        await host.CrashRunAsync();
        await host.RestartAsync();
        await host.WaitForTurnAsync(1);

        Assert.Equal(["u0", "to u0", "u1", "to u1"], (await host.TranscriptAsync()).Select(static message => message.Text));
    }

    [Fact]
    public async Task RecoverySplice_OfARunThatWritesUntilItIsClaimedFrom_KeepsAllThatWasSeen()
    {
        using var more = new SemaphoreSlim(0);
        await using var dead = await AgentTestHost.StartAsync(async (turn, ct) =>
        {
            await turn.Output.WriteTextAsync("half ", ct);
            await more.WaitAsync(ct);
            await turn.Output.WriteTextAsync("more", ct);
            await Task.Delay(Timeout.Infinite, ct);
        });
        await using var other = await AgentTestHost.StartAsync(
            static (turn, ct) => turn.Output.WriteTextAsync("whole", ct).AsTask(), host => host.Beside = dead);
        await dead.PostAsync("u0");
        await dead.TextAsync("half");
        long sequence = await dead.PostAsync("u1");

        // The other process has read the session and is about to take it over.
        other.Store.Before = commit =>
        {
            other.Store.Before = null;
            more.Release();
            dead.TextAsync("more").GetAwaiter().GetResult();
        };
        await other.StartSessionAsync();
        await other.WaitForTurnAsync(sequence);

        Assert.Equal(["u0", "half more", "u1", "whole"], (await other.TranscriptAsync()).Select(static message => message.Text));
    }

    [Fact]
    public async Task SecondKill_WhileTheSecondMessageIsAnswered_KeepsWhatTheFirstGot()
    {
        await using var host = await Agents.StartModelAsync();
        host.Model.Hangs("half ").Hangs("more ").Text("whole").Text("last");
        await KillTwiceAsync(host, "u1", "u2");

        Assert.Equal(["u0", "half ", "u1", "more ", "u2", "whole"], (await host.TranscriptAsync()).Select(static message => message.Text));
        Assert.Equal(["u0", "half ", "u1", "more ", "u2"], host.Model.Calls[2].Messages.Select(static message => message.Text));
        Assert.Equal(3, host.Model.Calls.Count);
    }

    [Fact]
    public async Task SecondKill_WhileTheLastMessageIsAnswered_AnswersItAfresh()
    {
        await using var host = await Agents.StartModelAsync();
        host.Model.Hangs("half ").Hangs("more ").Text("whole");
        await KillTwiceAsync(host, "u1");

        Assert.Equal(["u0", "half ", "u1", "whole"], (await host.TranscriptAsync()).Select(static message => message.Text));
        Assert.Equal(["u0", "half ", "u1"], host.Model.Calls[2].Messages.Select(static message => message.Text));
    }

    [Theory]
    [InlineData("regenerate")]
    [InlineData("action")]
    [InlineData("output")]
    public async Task RecoverySplice_OfATurnThatIsNoUserMessage_TakesNoQuestionBehindIt(string owner)
    {
        await using var host = await Agents.StartModelAsync(
            options => options.OnAction = (_, _) => Task.FromResult(ActionOutcome.Answer("act")), AIFunctionFactory.CreateDeclaration("ask", null, default));
        host.Model.ToolCall("ask", null, "c1");
        UIMessage asked = (await host.SendAsync("s")).Message!;
        host.Model.Hangs("half ").Text("whole").Text("first").Text("second");
        Task owned = owner switch
        {
            "regenerate" => host.RegenerateAsync(),
            "action" => host.SendActionAsync(new { }),
            _ => host.AddToolOutputAsync(asked, "c1", "yes"),
        };
        await host.TextAsync("half");
        await host.PostAsync("u1");
        await host.PostAsync("u2");

        await host.CrashRunAsync();
        await host.RestartAsync();
        await owned;
        await host.WaitForTurnAsync(3);

        string[] texts = [.. (await host.TranscriptAsync()).Select(static message => message.Text)];
        Assert.Equal(["whole", "u1", "first", "u2", "second"], texts[^5..]);
        Assert.DoesNotContain("half ", texts);
        Assert.Equal(4, host.AllRecords.Count(static record => record.Control == ControlHeaders.TurnComplete));
    }

    [Fact]
    public async Task SecondKill_BeforeTheAnswerToTheSecondMessageBegan_AnswersItAfresh()
    {
        int turns = 0;
        await using var host = await Agents.StartModelAsync(options => options.OnTurnStart = (_, ct) => ++turns == 2 ? Task.Delay(Timeout.Infinite, ct) : Task.CompletedTask);
        host.Model.Hangs("half ").Text("whole").Text("last");
        await host.PostAsync("u0");
        await host.TextAsync("half");
        await host.PostAsync("u1");
        await host.PostAsync("u2");
        await host.CrashRunAsync();
        await host.RestartAsync();

        // What a turn begins with waits for its first word, but not for long.
        await host.HookCalledAsync("OnTurnStart", 2);
        host.Time.Advance(TimeSpan.FromSeconds(1));
        await host.RecordAsync(static record => record.Body.Contains("finish-step"));
        await host.CrashRunAsync();
        await host.RestartAsync();
        await host.WaitForTurnAsync(2);

        Assert.Equal(["u0", "half ", "u1", "whole", "u2", "last"], (await host.TranscriptAsync()).Select(static message => message.Text));
    }

    [Fact]
    public async Task MaxAttempts_DeathsWithMessagesThatKeptTheirAnswers_AreNotCountedForTheNextOne()
    {
        await using var host = await AgentTestHost.StartAsync(Agents.RespondAsync, static host => host.TriggerConfig = new { maxAttempts = 2 });
        host.Model.Hangs("half ").Hangs("more ").Text("whole");
        await KillTwiceAsync(host, "u1", "u2");

        Assert.Equal(["u0", "half ", "u1", "more ", "u2", "whole"], (await host.TranscriptAsync()).Select(static message => message.Text));
        Assert.DoesNotContain(host.AllRecords, static record => record.Body.Contains("could not be answered"));
        Assert.Equal(3, host.Model.Calls.Count);
    }

    /// <summary>Kills the run that answers the first message, and the next one in the second's answer; waits until the last one's is there.</summary>
    private static async Task KillTwiceAsync(AgentTestHost host, params string[] behind)
    {
        await host.PostAsync("u0");
        await host.TextAsync("half");
        foreach (string text in behind)
        {
            await host.PostAsync(text);
        }

        await host.CrashRunAsync();
        await host.RestartAsync();
        await host.RecordAsync(static record => record.Body.Contains("more"));
        await host.CrashRunAsync();
        await host.RestartAsync();
        await host.WaitForTurnAsync(behind.Length);
    }
}
