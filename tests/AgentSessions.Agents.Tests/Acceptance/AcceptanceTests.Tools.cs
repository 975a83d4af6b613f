using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Agents.Tests.Acceptance;

/// <content>Tools of a special kind.</content>
public sealed partial class AcceptanceTests
{
    [Fact]
    public async Task SubAgentAsTool_DenseParts_TheOutputIsItsMessage()
    {
        await using var host = await AgentTestHost.StartAsync(Agents.RespondAsync, builder =>
        {
            builder.Options = options => options.Tools = (_, _) => new([AgentTool.SubAgent("helper")]);
            builder.Agents(agents => agents.AddAgent("helper", Agents.EchoAsync));
        });
        host.Model.ToolCall("helper", new { message = "go" }, "c1").Text("Done.");

        TestTurn turn = await host.SendAsync("a");

        int[] numbers = [.. turn.Chunks.OfType<DataChunk>().Where(chunk => chunk.Name == "subagent").Select(chunk => chunk.Data.GetProperty("seq").GetInt32())];
        Assert.Equal(Enumerable.Range(0, numbers.Length), numbers);
        Assert.NotEmpty(numbers);
        Assert.Contains("1: go", turn.Message!.Tools.Single().Output!.Value.GetRawText());
    }

    [Fact]
    public async Task PreliminaryResults_TheModelSeesOnlyTheLast()
    {
        AIFunction progress = AgentTool.Streaming("progress", (_, _) => new[] { 1, 2, 3 }.ToAsyncEnumerable());
        await using var host = await Agents.StartModelAsync(null, progress);
        host.Model.ToolCall("progress").Text("Done.");

        TestTurn turn = await host.SendAsync("a");

        Assert.Equal([true, true, true, null], turn.Chunks.OfType<ToolOutputAvailableChunk>().Select(chunk => chunk.Preliminary));
        Assert.Single(host.Model.Calls[1].Messages[^1].Contents);
    }

    [Fact]
    public async Task ModelOutputMapping_OnTurn2AsOnTurn1()
    {
        AIFunction big = AgentTool.WithModelOutput<string>(AIFunctionFactory.Create(() => "a long text", "big"), static text => $"{text.Length} characters");
        await using var host = await Agents.StartModelAsync(null, big);
        host.Model.ToolCall("big").Text("one").Text("two");
        await host.SendAsync("a");

        await host.SendAsync("b");

        Assert.All([1, 2], call => Assert.Equal(
            "11 characters", host.Model.Calls[call].Messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>().Single().Result));
    }

    [Fact]
    public async Task PerTurnTools_AThrowingResolverFailsTheTurn()
    {
        await using var host = await Agents.StartModelAsync(options => options.Tools = (turn, _) =>
            turn.Turn == 0 ? throw new InvalidOperationException() : new([Look]));
        host.Model.Text("two");

        Assert.NotNull((await host.SendAsync("a")).ErrorText);
        Assert.Equal("two", (await host.SendAsync("b")).Text);
    }

    [Fact]
    public async Task LargeChunkGuard_A2MegabyteOutputIsATypedError()
    {
        AIFunction huge = AIFunctionFactory.Create(() => new string('x', 2 * 1024 * 1024), "huge");
        await using var host = await Agents.StartModelAsync(null, huge);
        host.Model.ToolCall("huge").Text("Too much.").Text("fine");

        TestTurn turn = await host.SendAsync("a");

        string said = turn.ErrorText ?? turn.Message!.Tools.Single().ErrorText!;
        Assert.Contains("tool-output-available", said);
        Assert.Matches("[0-9]{6}", said);
    }
}
