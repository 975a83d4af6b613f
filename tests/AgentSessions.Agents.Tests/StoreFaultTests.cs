using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;
using AgentSessions.Testing;

namespace AgentSessions.Agents.Tests;

/// <summary>Reads that fail, answers of the store that are lost, and an owner who comes between: each message is answered all the same, once.</summary>
public sealed class StoreFaultTests
{
    [Theory]
    [InlineData(true, 2)]
    [InlineData(false, 3)]
    public async Task Message_WhenItsRunFailsToBoot_IsStillAnswered(bool isAway, int runs)
    {
        await using AgentTestHost host = await Agents.StartEchoAsync();
        await host.SendAsync("a");
        await host.EndRunAsync();
        await host.RunsEndedAsync(1);
        bool hasFailed = false;
        host.Store.Reading = stream =>
        {
            if (stream.Direction == StreamDirection.In && !hasFailed)
            {
                hasFailed = true;
                throw isAway ? new StoreUnavailableException("away") : new InvalidOperationException("damaged");
            }
        };

        long sequence = await host.PostAsync("b");
        if (isAway)
        {
            await host.TimerAsync(TimeSpan.FromMilliseconds(50));
            host.Time.Advance(TimeSpan.FromMilliseconds(50));
        }

        Assert.Equal("3: b", (await host.WaitForTurnAsync(sequence)).Text);
        Assert.True(hasFailed);
        Assert.Equal(runs, (await host.RunsAsync()).Count);
    }

    [Fact]
    public async Task Boundary_WhenAnotherOwnerClaimsOnWhatItReadBefore_IsNotTakenBack()
    {
        using var end = new SemaphoreSlim(0);
        await using AgentTestHost first = await AgentTestHost.StartAsync(async (turn, ct) =>
        {
            await turn.Output.WriteTextAsync("one", ct);
            await end.WaitAsync(ct);
        });
        await using AgentTestHost other = await AgentTestHost.StartAsync(
            static (turn, ct) => turn.Output.WriteTextAsync("two", ct).AsTask(), host => host.Beside = first);
        long answered = await first.PostAsync("u0");
        await first.TextAsync("one");

        // The other process takes the run for dead and has read the session, when the run ends its turn.
        other.Store.Before = commit =>
        {
            other.Store.Before = null;
            end.Release();
            first.WaitForBoundaryAsync(answered).GetAwaiter().GetResult();
        };
        long sequence = await other.PostAsync("u1");
        await other.WaitForTurnAsync(sequence);

        Assert.Equal(["u0", "one", "u1", "two"], (await other.TranscriptAsync()).Select(static message => message.Text));
        Assert.Equal(["0", "1"], Boundaries(first, other));
    }

    [Fact]
    public async Task Boundary_WhenItsAnswerIsLostAndTheStoreAway_IsNotTakenBack()
    {
        await using AgentTestHost host = await Agents.StartEchoAsync();
        await host.SendAsync("a");
        host.Store.After = commit =>
        {
            if (commit.Transcript is not null)
            {
                host.Store.After = null;
                host.Store.Reading = _ =>
                {
                    host.Store.Reading = null;
                    throw new StoreUnavailableException("still away");
                };
                throw new StoreUnavailableException("The answer was lost.");
            }
        };

        long sequence = await host.PostAsync("b");
        for (int delay = 50; delay <= 100; delay *= 2)
        {
            await host.TimerAsync(TimeSpan.FromMilliseconds(delay));
            host.Time.Advance(TimeSpan.FromMilliseconds(delay));
        }

        Assert.Equal("3: b", (await host.WaitForTurnAsync(sequence)).Text);
        Assert.Equal("5: c", (await host.SendAsync("c")).Text);
        Assert.Equal(["0", "1", "2"], Boundaries(host));
        Assert.Single(await host.RunsAsync());
    }

    [Fact]
    public async Task Claim_WhoseAnswerIsLost_IsFollowedUp_ThoughTheCallerWentElsewhere()
    {
        await using AgentTestHost host = await Agents.StartEchoAsync();
        await host.SendAsync("a");
        await host.EndRunAsync();
        await host.RunsEndedAsync(1);
        host.Store.After = commit =>
        {
            host.Store.After = null;
            throw new StoreUnavailableException("The answer was lost.");
        };

        SessionException lost = await Assert.ThrowsAsync<SessionException>(() => host.PostAsync("b"));
        Assert.Equal(SessionErrorCode.StoreUnavailable, lost.Code);
        await host.SweepAsync();

        Assert.Equal("3: b", (await host.WaitForTurnAsync(2)).Text);
        Assert.Equal(2, (await host.RunsAsync()).Count);
    }

    /// <summary>What each boundary that the hosts wrote has consumed.</summary>
    private static IEnumerable<string?> Boundaries(params AgentTestHost[] hosts) => hosts
        .SelectMany(static host => host.AllRecords)
        .Where(static record => record.Control == ControlHeaders.TurnComplete)
        .Select(static record => record.Header(ControlHeaders.InEventId));
}
