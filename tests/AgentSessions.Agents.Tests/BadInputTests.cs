using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Tests;

public sealed class BadInputTests
{
    [Theory]
    [InlineData("OnChatStart")]
    [InlineData("OnValidateMessages")]
    [InlineData("LoadContext")]
    [InlineData("Tools")]
    [InlineData("OnTurnStart")]
    [InlineData("PrepareMessages")]
    [InlineData("OnBeforeTurnComplete")]
    [InlineData("OnAction")]
    public async Task AThrowingHook_FailsItsTurnOnly_WithASafeText(string hook)
    {
        bool throws = true;
        await using var host = await Agents.StartModelAsync(options =>
        {
            switch (hook)
            {
                case "OnChatStart": options.OnChatStart = (_, _) => Fail(); break;
                case "OnValidateMessages": options.OnValidateMessages = async (_, incoming, _) => { await Fail(); return incoming; }; break;
                case "LoadContext": options.LoadContext = async (_, _, _, _) => { await Fail(); return null; }; break;
                case "Tools": options.Tools = async (_, _) => { await Fail(); return []; }; break;
                case "OnTurnStart": options.OnTurnStart = (_, _) => Fail(); break;
                case "PrepareMessages": options.PrepareMessages = async (_, messages, _, _) => { await Fail(); return messages; }; break;
                case "OnBeforeTurnComplete": options.OnBeforeTurnComplete = (_, _) => Fail(); break;
                default: options.OnAction = async (_, _) => { await Fail(); return ActionOutcome.Edited; }; break;
            }
        });
        host.Model.Default = _ => "fine";

        TestTurn bad = hook == "OnAction" ? await host.SendActionAsync(new { type = "x" }) : await host.SendAsync("a");
        throws = false;
        TestTurn good = await host.SendAsync("b");

        Assert.Equal("An error occurred.", bad.ErrorText);
        Assert.Equal(("fine", null), (good.Text, good.ErrorText));
        Assert.Single(await host.RunsAsync());

        Task Fail() => throws ? throw new InvalidOperationException("secret") : Task.CompletedTask;
    }

    [Fact]
    public async Task AThrowingBoot_FailsTheRun_AndTheNextMessageBootsAnother()
    {
        int boots = 0;
        await using var host = await Agents.StartEchoAsync(options => options.OnBoot = (_, _) =>
            ++boots == 1 ? throw new InvalidOperationException("secret") : Task.CompletedTask);

        Assert.Equal("1: a", (await host.SendAsync("a")).Text);
        Assert.Equal("An error occurred.", (await host.RunsAsync())[0].Error);
    }

    [Theory]
    [InlineData("text-delta")]
    [InlineData("reasoning-end")]
    [InlineData("tool-output-available")]
    [InlineData("tool-input-delta")]
    public async Task AChunkThatBreaksTheOrder_IsRefusedWhereItIsWritten_WithTheRule(string type)
    {
        Exception? refused = null;
        await using var host = await AgentTestHost.StartAsync(async (turn, ct) =>
        {
            UIMessageChunk chunk = type switch
            {
                "text-delta" => new TextDeltaChunk("never opened", "x"),
                "reasoning-end" => new ReasoningEndChunk("never opened"),
                "tool-output-available" => new ToolOutputAvailableChunk("no such call", UIJson.ToElement(1)),
                _ => new ToolInputDeltaChunk("no such call", "{"),
            };
            refused = await Record.ExceptionAsync(() => turn.Output.WriteAsync(chunk, ct).AsTask());
            await turn.Output.WriteTextAsync("still works", ct);
        });

        TestTurn turn = await host.SendAsync("a");

        Assert.IsType<ChunkOrderException>(refused);
        Assert.Contains(type, refused.Message);
        Assert.Equal("still works", turn.Text);
        Assert.DoesNotContain(turn.Chunks, chunk => chunk.Type == type && type != "text-delta");
    }

    [Fact]
    public async Task AToolOutputOf2Megabytes_IsATypedErrorBeforeItIsStored()
    {
        Exception? error = null;
        await using var host = await Agents.StartModelAsync(
            options => options.OnTurnComplete = (turn, _) =>
            {
                error = turn.Error;
                return Task.CompletedTask;
            },
            AIFunctionFactory.Create(() => new string('x', 2_000_000), "huge"));
        host.Model.ToolCall("huge");

        TestTurn turn = await host.SendAsync("go");

        var typed = Assert.IsType<ChunkTooLargeException>(error);
        Assert.Equal("tool-output-available", typed.ChunkType);
        Assert.InRange(typed.Size, 2_000_000, 2_001_000);
        Assert.All(turn.Records, record => Assert.InRange(record.Body.Length, 0, 10_000));
    }

    [Fact]
    public async Task AModelThatNeverAnswers_IsStopped_AndAnotherSessionNeverNoticed()
    {
        await using var host = await Agents.StartModelAsync();
        host.Model.Hangs().Text("fine");
        long stuck = await host.PostAsync("a");
        await host.UntilAsync(() => host.Model.Calls.Count == 1 || host.HookLog.Contains("Run"));

        await host.StopGenerationAsync();

        Assert.True((await host.WaitForTurnAsync(stuck)).Stopped);
        Assert.Equal("fine", (await host.SendAsync("b")).Text);
    }
}
