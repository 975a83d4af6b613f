using AgentSessions.Core.Sessions;
using AgentSessions.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Agents.Tests;

public sealed class RetentionTests
{
    private static readonly TimeSpan _hour = TimeSpan.FromHours(1);

    [Fact]
    public async Task Records_StayForThePeriod_AndAreCutAtABoundary()
    {
        await using AgentTestHost host = await StartAsync();
        TestTurn first = await host.SendAsync("a");
        await host.SendAsync("b");
        await PassAsync(host, _hour / 2);
        TestTurn third = await host.SendAsync("c");
        Assert.Equal(0, (await host.OldestOutAsync()).Value);
        Assert.DoesNotContain(host.AllRecords, record => record.IsCommand);

        await PassAsync(host, _hour * 0.6);
        TestTurn fourth = await host.SendAsync("d");

        // The first two are an hour old: what the second one's boundary closes is gone, the third is whole.
        long oldest = (await host.OldestOutAsync()).Value;
        Assert.InRange(oldest, first.Boundary.Sequence + 1, third.Records[0].Sequence - 1);
        Assert.True(host.AllRecords[^1].IsCommand);
        Assert.Equal(8, (await host.TranscriptAsync()).Count);
        Assert.Equal("7: d", fourth.Text);
    }

    [Fact]
    public async Task Period_IsTheLeast_WhenARunEndsMeanwhile()
    {
        await using AgentTestHost host = await StartAsync();
        await host.SendAsync("a");
        await host.SendAsync("b");
        await PassAsync(host, _hour * 2);
        TestTurn third = await host.SendAsync("c");
        Assert.InRange((await host.OldestOutAsync()).Value, 1, third.Records[0].Sequence - 1);
    }

    [Theory]
    [InlineData("AgentSessions:Retention", "soon")]
    [InlineData("AgentSessions:Retention", "-1")]
    [InlineData("AgentSessions:ExpiredRetention", "99999.00:00:00")]
    public void Period_ThatCannotBe_IsRefusedByItsKey(string key, string value)
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection([new(key, value)]).Build();
        Assert.Contains(key, Assert.Throws<InvalidOperationException>(() => RetentionOptions.Read(configuration)).Message, StringComparison.Ordinal);
    }

    private static Task<AgentTestHost> StartAsync() => AgentTestHost.StartAsync(
        static (turn, cancellationToken) => turn.Output.WriteTextAsync($"{turn.UIMessages.Count}: {turn.Message!.Text}", cancellationToken).AsTask(),
        static builder => builder.Services.AddSingleton(new RetentionOptions { Events = _hour }));

    /// <summary>Time passes; the run idles out meanwhile.</summary>
    private static async Task PassAsync(AgentTestHost host, TimeSpan time)
    {
        int runs = (await host.RunsAsync()).Count;
        await host.AdvanceAsync(time);
        await host.RunsEndedAsync(runs);
    }
}
