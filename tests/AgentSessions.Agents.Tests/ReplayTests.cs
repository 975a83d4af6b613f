using System.Text;
using AgentSessions.Core.Recordings;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Tests;

public sealed class ReplayTests
{
    private static AIFunction Price(int price) => AIFunctionFactory.Create((string item) => $"{item}: {price}", "price");

    private static AIFunction Order { get; } = new ApprovalRequiredAIFunction(AIFunctionFactory.Create((string item) => $"ordered {item}", "order"));

    [Fact]
    public async Task ARecordedSession_ReplaysTheSame_WithTheSameAgent()
    {
        SessionRecording recording = await ThroughAFileAsync(await RecordAsync());
        await using var host = await Agents.StartModelAsync(null, Price(5), Order);

        ReplayResult result = await host.ReplayAsync(recording);

        Assert.Empty(result.Differences);
        Assert.Equal(2, result.Turns.Count);
        Assert.Equal("Ordered.", result.Turns[1].Answer!.Text);
    }

    [Fact]
    public async Task NewCode_ShowsAsDifferences()
    {
        SessionRecording recording = await RecordAsync();
        await using var host = await Agents.StartModelAsync(null, Price(7), AIFunctionFactory.Create((string item) => $"ordered {item}", "order"));

        ReplayResult result = await host.ReplayAsync(recording);

        Assert.Equal(["turn 0: the call price came to output-available \"tea: 7\", was output-available \"tea: 5\""], result.Differences);
    }

    [Fact]
    public async Task ACallTooMany_IsADifference()
    {
        SessionRecording recording = await RecordAsync();
        await using var host = await AgentTestHost.StartAsync(
            async (turn, ct) =>
            {
                await turn.RespondAsync(Agents.Model(turn), cancellationToken: ct);
                await turn.RespondAsync(Agents.Model(turn), cancellationToken: ct);
                await turn.RespondAsync(Agents.Model(turn), cancellationToken: ct);
            },
            builder => builder.Options = options => options.Tools = (_, _) => new([Price(5), Order]));

        ReplayResult result = await host.ReplayAsync(recording);

        Assert.NotEmpty(result.Differences);
    }

    [Fact]
    public async Task AFile_HoldsBothLogsTranscriptAndAudit()
    {
        SessionRecording recording = await ThroughAFileAsync(await RecordAsync());

        Assert.Equal("chat", recording.Session.ExternalId);
        Assert.Single(recording.Runs);
        Assert.Equal(3, recording.In.Count);
        Assert.NotEmpty(recording.Out);
        Assert.Equal(4, recording.Transcript.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("""{"kind":"session","format":99,"session":{}}""")]
    [InlineData("nonsense")]
    public async Task WhatIsNoRecording_IsRefused(string text) => await Assert.ThrowsAsync<FormatException>(
        () => SessionRecording.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), CancellationToken.None));

    private static async Task<SessionRecording> RecordAsync()
    {
        await using var host = await Agents.StartModelAsync(null, Price(5), Order);
        host.Model.ToolCall("price", new { item = "tea" }).Text("Five.").ToolCall("order", new { item = "tea" }).Text("Ordered.");
        await host.SendAsync("How much is tea?");
        TestTurn asked = await host.SendAsync("Order some.");
        await host.ApproveAsync(asked.Message!, asked.Message!.Approvals[0], approved: true);
        return await host.RecordSessionAsync();
    }

    private static async Task<SessionRecording> ThroughAFileAsync(SessionRecording recording)
    {
        using var file = new MemoryStream();
        await recording.WriteAsync(file, CancellationToken.None);
        file.Position = 0;
        return await SessionRecording.ReadAsync(file, CancellationToken.None);
    }
}
