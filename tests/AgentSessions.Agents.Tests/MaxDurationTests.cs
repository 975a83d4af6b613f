using AgentSessions.Core.Runs;
using AgentSessions.Protocol.Records;
using AgentSessions.Testing;

namespace AgentSessions.Agents.Tests;

/// <summary>Turns that outlast their run.</summary>
public sealed class MaxDurationTests
{
    private static readonly TimeSpan _most = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task TurnThatAlwaysOutlastsItsRun_IsGivenUp_AndTheNextOneWorks()
    {
        await using AgentTestHost host = await Agents.StartModelAsync(static options => options.MaxDuration = _most);
        host.Model.Hangs("1 ").Hangs("2 ").Hangs("3 ").Text("fine");
        long sequence = await OutlastAsync(host, "a", attempts: 3);

        Assert.Equal("The message could not be answered.", (await host.WaitForTurnAsync(sequence)).ErrorText);
        Assert.Equal("fine", (await host.SendAsync("b")).Text);
        Assert.Equal(4, host.Model.Calls.Count);
        Assert.Equal([RunEnd.MaxDuration, RunEnd.MaxDuration, RunEnd.MaxDuration, null], (await host.RunsAsync()).Select(static run => run.End));
    }

    [Fact]
    public async Task TurnThatComesToItsEnd_CountsAnew()
    {
        await using AgentTestHost host = await Agents.StartModelAsync(static options => options.MaxDuration = _most);
        host.Model.Hangs("1 ").Hangs("2 ").Text("one").Hangs("1 ").Hangs("2 ").Text("two");
        foreach (string text in (string[])["one", "two"])
        {
            long sequence = await OutlastAsync(host, text, attempts: 2);
            Assert.Equal(text, (await host.WaitForTurnAsync(sequence)).Message!.Text);
        }

        Assert.Equal(2, host.AllRecords.Count(static record => record.Control == ControlHeaders.TurnComplete));
    }

    /// <summary>Sends a message and lets the time of each run pass in the middle of its answer.</summary>
    /// <returns>The message's sequence.</returns>
    private static async Task<long> OutlastAsync(AgentTestHost host, string message, int attempts)
    {
        int said = host.AllRecords.Count;
        long sequence = await host.PostAsync(message);
        for (int attempt = 1; attempt <= attempts; attempt++)
        {
            string text = $"\"{attempt} \"";
            await host.UntilAsync(() => host.AllRecords.Skip(said).Any(record => record.Body.Contains(text)));
            host.Time.Advance(_most);
        }

        return sequence;
    }
}
