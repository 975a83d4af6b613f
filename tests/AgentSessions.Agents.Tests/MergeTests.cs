using System.Runtime.CompilerServices;
using AgentSessions.Protocol.UI;
using AgentSessions.Testing;

namespace AgentSessions.Agents.Tests;

/// <summary>Streams of chunks that an agent makes part of its answer.</summary>
public sealed class MergeTests
{
    [Fact]
    public async Task Merge_WritesEveryChunkInItsPlace_AsPartOfTheAnswer()
    {
        await using AgentTestHost host = await AgentTestHost.StartAsync(static async (turn, ct) =>
        {
            await turn.Output.WriteTextAsync("before ", ct);
            await turn.Output.MergeAsync(ChunksAsync(), ct);
            await turn.Output.WriteTextAsync(" behind", ct);
        });

        TestTurn turn = await host.SendAsync("go");

        Assert.Equal(
            ["start", "start-step", "text-start", "text-delta", "text-end", "text-start", "text-delta", "text-delta", "text-end", "data-card", "text-start", "text-delta", "text-end", "finish-step", "finish"],
            turn.Chunks.Select(static chunk => chunk.Type));
        Assert.Equal("before merged behind", turn.Message!.Text);
    }

    [Fact]
    public async Task Merge_OfAStreamThatNeverEnds_IsStoppedWithItsTurn()
    {
        await using AgentTestHost host = await AgentTestHost.StartAsync(static (turn, ct) => turn.Output.MergeAsync(EndlessAsync(), ct));
        long sequence = await host.PostAsync("go");
        await host.TextAsync("for ever");

        await host.StopGenerationAsync();
        TestTurn turn = await host.WaitForTurnAsync(sequence);

        Assert.True(turn.Stopped);
        Assert.Equal("for ever", turn.Message!.Text);
        Assert.Single(await host.RunsAsync());
    }

    private static async IAsyncEnumerable<UIMessageChunk> ChunksAsync()
    {
        yield return new TextStartChunk("m");
        await Task.Yield();
        yield return new TextDeltaChunk("m", "mer");
        yield return new TextDeltaChunk("m", "ged");
        yield return new TextEndChunk("m");
        yield return new DataChunk("card", UIJson.ToElement("kept"));
    }

    private static async IAsyncEnumerable<UIMessageChunk> EndlessAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        yield return new TextStartChunk("m");
        yield return new TextDeltaChunk("m", "for ever");
        await Task.Delay(Timeout.Infinite, cancellationToken);
    }
}
