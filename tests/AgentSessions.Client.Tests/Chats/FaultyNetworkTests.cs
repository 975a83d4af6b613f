using System.Globalization;
using AgentSessions.Client.Tests.Hosting;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Client.Tests.Chats;

/// <summary>Chats over a network that cuts, truncates and delays, to a server that goes away and comes back.</summary>
public sealed class FaultyNetworkTests(AgentServer server) : IClassFixture<AgentServer>
{
    private const int Deltas = 300;
    private const int Turns = 4;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Answers_OverAFaultyNetwork_ComeWholeAndOnce(int seed)
    {
        await using var proxy = new FaultProxy(server.Address, seed);
        using AgentSessionsClient client = Client(proxy.BaseUrl, seed);
        await using AgentChat chat = client.Create(new AgentChatOptions { Agent = "count" });
        for (int turn = 0; turn < Turns; turn++)
        {
            Assert.Equal(Numbers(), await DeltasAsync(await chat.SendMessageAsync(Deltas.ToString(CultureInfo.InvariantCulture), Within.Time())));
        }

        Assert.True(proxy.Faults > 0, "The network did nothing, so nothing was shown.");
    }

    [Theory]
    [InlineData(31, NetworkManner.BuffersAndCuts)]
    [InlineData(32, NetworkManner.BuffersAndCuts)]
    [InlineData(41, NetworkManner.Forgets)]
    [InlineData(42, NetworkManner.Forgets)]
    public async Task Answers_ThroughAProxyThatHarmsThem_ComeWholeAndOnce(int seed, NetworkManner manner)
    {
        await using var proxy = new FaultProxy(server.Address, seed, manner);

        // Only of a connection that was forgotten nobody ever hears.
        using AgentSessionsClient client = Client(proxy.BaseUrl, seed, manner == NetworkManner.Forgets ? TimeSpan.FromSeconds(1) : null);
        await using AgentChat chat = client.Create(new AgentChatOptions { Agent = "count" });
        for (int turn = 0; turn < Turns || proxy.Faults == 0; turn++)
        {
            Assert.Equal(Numbers(), await DeltasAsync(await chat.SendMessageAsync(Deltas.ToString(CultureInfo.InvariantCulture), Within.Time())));
        }
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public async Task Messages_OverAFaultyNetwork_AreStoredOnce(int seed)
    {
        await using var proxy = new FaultProxy(server.Address, seed);
        using AgentSessionsClient client = Client(proxy.BaseUrl, seed);
        await using AgentChat chat = client.Create(new AgentChatOptions { Agent = "history" });
        for (int turn = 1; turn <= 20; turn++)
        {
            Assert.Equal(turn.ToString(CultureInfo.InvariantCulture), await chat.TextAsync("again", Within.Time()));
        }
    }

    [Fact]
    public async Task Answer_AcrossRestartsOfTheServer_ComesWholeAndOnce()
    {
        // Its own, since no other test could use it meanwhile.
        var restarting = new AgentServer();
        await restarting.InitializeAsync();
        try
        {
            using AgentSessionsClient client = Client(restarting.BaseUrl, seed: 21);
            await using AgentChat chat = client.Create(new AgentChatOptions { Agent = "count" });
            List<string> deltas = [];
            await foreach (UIMessageChunk chunk in (await chat.SendMessageAsync("2000", Within.Time())).WithCancellation(Within.Time()))
            {
                if (chunk is TextDeltaChunk delta)
                {
                    deltas.Add(delta.Delta);
                    if (deltas.Count is 100 or 800)
                    {
                        await restarting.RestartAsync();
                    }
                }
            }

            Assert.Equal(Enumerable.Range(0, 2000).Select(static i => $"{i} "), deltas);
            Assert.Equal("0 1 2 ", await chat.TextAsync("3", Within.Time()));
        }
        finally
        {
            await restarting.DisposeAsync();
        }
    }

    private static AgentSessionsClient Client(Uri baseUrl, int seed, TimeSpan? patience = null) => new(
        new()
        {
            BaseUrl = baseUrl,
            SecretKey = AgentServer.Key,
            Retry = Hosting.Chats.Quick with { MaxFailures = 60 },
            RequestTimeout = patience ?? TimeSpan.FromSeconds(5),
            StallTimeout = patience ?? TimeSpan.FromSeconds(45),
        },
        random: new Random(seed));

    private static async Task<List<string>> DeltasAsync(AgentChatStream stream)
    {
        List<string> deltas = [];
        await foreach (UIMessageChunk chunk in stream.WithCancellation(Within.Time()))
        {
            if (chunk is TextDeltaChunk delta)
            {
                deltas.Add(delta.Delta);
            }
        }

        return deltas;
    }

    private static IEnumerable<string> Numbers() => Enumerable.Range(0, Deltas).Select(static i => $"{i} ");
}
