using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;
using AgentSessions.Testing;

namespace AgentSessions.Agents.Tests;

public sealed class VersionTests
{
    private static Task<AgentTestHost> StartAsync(object? config = null, VersionPolicy policy = VersionPolicy.Follow, Func<bool>? isThirdDeployed = null) =>
        AgentTestHost.StartAsync(SayAsync, builder =>
        {
            builder.TriggerConfig = config;
            builder.Options = options =>
            {
                options.Version = "1";
                options.VersionPolicy = policy;
            };
            builder.Agents(agents => agents.AddAgent("agent", SayAsync, options => options.Version = "2"));
            builder.Agents(agents =>
            {
                if (isThirdDeployed?.Invoke() is true)
                {
                    agents.AddAgent("agent", SayAsync, options => options.Version = "3");
                }
            });
        });

    [Fact]
    public async Task TheLastRegisteredVersionIsDeployed()
    {
        await using var host = await StartAsync();

        Assert.Equal("2: a", (await host.SendAsync("a")).Text);
        Assert.Equal("2", Assert.Single(await host.RunsAsync()).AgentVersion);
    }

    [Fact]
    public async Task APin_IsFollowedAtTheNextTurn_AndTheSuccessorAnswersTheSameMessage()
    {
        await using var host = await StartAsync(new { lockToVersion = "1" });
        Assert.Equal("1: a", (await host.SendAsync("a")).Text);

        await host.ConfigureSessionAsync(new { lockToVersion = "2" });
        TestTurn turn = await host.SendAsync("b");

        Assert.Equal("2: b", turn.Text);
        Assert.Contains(turn.Records, record => record.Control == ControlHeaders.UpgradeRequired);
        Assert.Equal([RunReason.Initial, RunReason.Upgrade], (await host.RunsAsync()).Select(run => run.Reason));
        Assert.Equal("2: c", (await host.SendAsync("c")).Text);
    }

    [Fact]
    public async Task StoreAway_TheUpgradeIsMadeWhenItIsBack()
    {
        await using var host = await StartAsync(new { lockToVersion = "1" });
        await host.SendAsync("a");
        await host.ConfigureSessionAsync(new { lockToVersion = "2" });
        int failures = 2;
        host.Store.Before = commit =>
        {
            if (commit.Runs.Any(static run => run.Reason == RunReason.Upgrade) && failures-- > 0)
            {
                throw new StoreUnavailableException("away");
            }
        };

        long sequence = await host.PostAsync("b");
        for (int delay = 50; delay <= 100; delay *= 2)
        {
            await host.TimerAsync(TimeSpan.FromMilliseconds(delay));
            host.Time.Advance(TimeSpan.FromMilliseconds(delay));
        }

        Assert.Equal("2: b", (await host.WaitForTurnAsync(sequence)).Text);
        Assert.Equal([RunEnd.Upgraded, null], (await host.RunsAsync()).Select(static run => run.End));
    }

    [Fact]
    public async Task StoreAwayAsTheVersionIsLookedAt_TheTurnWaitsForIt()
    {
        await using var host = await StartAsync(new { lockToVersion = "1" });
        await host.SendAsync("a");
        int failures = 2;
        host.Store.Before = commit =>
        {
            // The message is there; the next one who reads the row is its turn.
            if (commit.Appends.Any(static append => append.Stream.Direction == StreamDirection.In))
            {
                host.Store.Loading = () =>
                {
                    if (failures-- > 0)
                    {
                        throw new StoreUnavailableException("away");
                    }
                };
            }
        };

        long sequence = await host.PostAsync("b");
        for (int delay = 50; delay <= 100; delay *= 2)
        {
            await host.TimerAsync(TimeSpan.FromMilliseconds(delay));
            host.Time.Advance(TimeSpan.FromMilliseconds(delay));
        }

        TestTurn turn = await host.WaitForTurnAsync(sequence);
        Assert.Equal((null, "1: b"), (turn.ErrorText, turn.Text));
    }

    [Fact]
    public async Task AHold_IsHonouredUntilTheRunEnds()
    {
        await using var host = await StartAsync(new { lockToVersion = "1" }, VersionPolicy.Hold);
        Assert.Equal("1: a", (await host.SendAsync("a")).Text);

        await host.ConfigureSessionAsync(new { lockToVersion = "2" });
        Assert.Equal("1: b", (await host.SendAsync("b")).Text);
        await host.EndRunAsync();
        await host.RunsEndedAsync(1);

        Assert.Equal("2: c", (await host.SendAsync("c")).Text);
    }

    [Fact]
    public async Task AnAbsentVersion_WaitsAndSaysSo_UntilAServerHasIt()
    {
        bool isDeployed = false;
        await using var host = await StartAsync(new { lockToVersion = "3" }, isThirdDeployed: () => isDeployed);
        long first = await host.PostAsync("a");
        await host.RecordAsync(record => record.Control == ControlHeaders.PendingVersion);
        long second = await host.PostAsync("b");

        isDeployed = true;
        await host.RestartAsync();
        await host.WaitForTurnAsync(second);

        Assert.Single(host.AllRecords, record => record.Control == ControlHeaders.PendingVersion);
        Assert.Equal("3: a3: b", string.Concat(host.AllChunks.OfType<AgentSessions.Protocol.UI.TextDeltaChunk>().Select(chunk => chunk.Delta)));
        Assert.True(first < second);
    }

    [Theory]
    [InlineData("1", "1: a")]
    [InlineData(null, "2: a")]
    public async Task AnAbsentVersion_WhenTheSessionIsLockedToAnotherOrToNone_TheMessageIsAnsweredAtOnce(string? other, string answer)
    {
        await using var host = await StartAsync(new { lockToVersion = "3" });
        long sequence = await host.PostAsync("a");
        await host.RecordAsync(record => record.Control == ControlHeaders.PendingVersion);

        await host.ConfigureSessionAsync(new { lockToVersion = other });

        Assert.Equal(answer, (await host.WaitForTurnAsync(sequence)).Text);
        Assert.Equal([(RunStatus.Completed, RunEnd.Upgraded), (RunStatus.Waiting, null)], (await host.RunsAsync()).Select(run => (run.End is null ? RunStatus.Waiting : run.Status, run.End)));
    }

    [Fact]
    public async Task AnAbsentVersion_WhenTheSessionIsClosed_TheRunEndsAndReadersAreTold()
    {
        await using var host = await StartAsync(new { lockToVersion = "3" });
        await host.PostAsync("a");
        await host.RecordAsync(record => record.Control == ControlHeaders.PendingVersion);

        await host.CloseSessionAsync("enough");
        await host.RunsEndedAsync(1);

        Assert.Equal(RunEnd.Closed, Assert.Single(await host.RunsAsync()).End);
        Assert.Equal("enough", Assert.Single(host.AllRecords, record => record.Control == ControlHeaders.TurnComplete).Header(ControlHeaders.ClosedReason));
        Assert.Equal("a", Assert.Single(await host.TranscriptAsync()).Text);
    }

    [Fact]
    public async Task ALockThatChangesBetweenRuns_CountsForTheNextRun()
    {
        await using var host = await StartAsync(new { lockToVersion = "1" }, VersionPolicy.Hold);
        Assert.Equal("1: a", (await host.SendAsync("a")).Text);
        await host.EndRunAsync();
        await host.RunsEndedAsync(1);

        await host.ConfigureSessionAsync(new { lockToVersion = "2" });

        Assert.Equal("2: b", (await host.SendAsync("b")).Text);
        Assert.Equal(["1", "2"], (await host.RunsAsync()).Select(run => run.AgentVersion));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("1", null)]
    [InlineData("1", "1")]
    public async Task AnUpgradeThatLeadsToTheSameVersionAgainAndAgain_IsGivenUp(string? version, string? locked)
    {
        int starts = 0;
        await using var host = await AgentTestHost.StartAsync(SayAsync, builder =>
        {
            builder.TriggerConfig = new { lockToVersion = locked };
            builder.Options = options =>
            {
                options.Version = version;
                options.OnTurnStart = (turn, _) =>
                {
                    starts++;
                    if (turn.Message?.Text == "a")
                    {
                        turn.RequestUpgrade(locked is null ? null : "2");
                    }

                    return Task.CompletedTask;
                };
            };
        });

        long sequence = await host.PostAsync("a");
        for (int pause = 5; pause <= 45; pause *= 3)
        {
            await host.WaitingAsync(TimeSpan.FromSeconds(pause));
            Assert.Equal(pause switch { 5 => 2, 15 => 3, _ => 4 }, Volatile.Read(ref starts));
            host.Time.Advance(TimeSpan.FromSeconds(pause));
        }

        TestTurn turn = await host.WaitForTurnAsync(sequence);

        Assert.Equal("The message could not be answered.", turn.ErrorText);
        Assert.Equal(4, starts);
        Assert.Equal($"{version}: b", (await host.SendAsync("b")).Text);
    }

    [Fact]
    public async Task AnUpgradeBeforeTheNewVersionIsDeployed_WaitsForIt()
    {
        bool isDeployed = false;
        await using var host = await AgentTestHost.StartAsync(SayAsync, builder =>
        {
            builder.Options = static options =>
            {
                options.Version = "1";
                options.OnTurnStart = static (turn, _) =>
                {
                    turn.RequestUpgrade();
                    return Task.CompletedTask;
                };
            };
            builder.Agents(agents =>
            {
                if (isDeployed)
                {
                    agents.AddAgent("agent", SayAsync, static options => options.Version = "2");
                }
            });
        });
        long sequence = await host.PostAsync("a");
        await host.WaitingAsync(TimeSpan.FromSeconds(5));

        isDeployed = true;
        await host.RestartAsync();

        Assert.Equal("2: a", (await host.WaitForTurnAsync(sequence)).Text);
    }

    [Fact]
    public async Task AStop_WhileAnUpgradeWaitsForItsVersion_EndsTheMessage()
    {
        await using var host = await AgentTestHost.StartAsync(SayAsync, builder => builder.Options = static options =>
        {
            options.Version = "1";
            options.OnTurnStart = static (turn, _) =>
            {
                if (turn.Message?.Text == "a")
                {
                    turn.RequestUpgrade();
                }

                return Task.CompletedTask;
            };
        });
        long sequence = await host.PostAsync("a");
        await host.WaitingAsync(TimeSpan.FromSeconds(5));

        await host.StopGenerationAsync();
        TestTurn turn = await host.WaitForTurnAsync(sequence);

        Assert.Equal((null, ""), (turn.ErrorText, turn.Text));
        Assert.Equal("1: b", (await host.SendAsync("b")).Text);
        Assert.Equal(["a", "b", "1: b"], (await host.TranscriptAsync()).Select(static message => message.Text));
    }

    [Fact]
    public async Task TwoVersionsThatHandAMessageBackAndForth_AreGivenUp()
    {
        int starts = 0;
        void UpgradeTo(AgentOptions options, string version, string other)
        {
            options.Version = version;
            options.OnTurnStart = (turn, _) =>
            {
                starts++;
                if (turn.Message?.Text == "a")
                {
                    turn.RequestUpgrade(other);
                }

                return Task.CompletedTask;
            };
        }

        await using var host = await AgentTestHost.StartAsync(SayAsync, builder =>
        {
            builder.Options = options => UpgradeTo(options, "1", "2");
            builder.Agents(agents => agents.AddAgent("agent", SayAsync, options => UpgradeTo(options, "2", "1")));
        });

        TestTurn turn = await host.SendAsync("a");

        Assert.Equal("The message could not be answered.", turn.ErrorText);
        Assert.Equal(4, starts);
        Assert.EndsWith(": b", (await host.SendAsync("b")).Text, StringComparison.Ordinal);
    }

    private static Task SayAsync(TurnContext turn, CancellationToken cancellationToken) =>
        turn.Output.WriteTextAsync($"{turn.AgentVersion}: {turn.Message?.Text}", cancellationToken).AsTask();
}
