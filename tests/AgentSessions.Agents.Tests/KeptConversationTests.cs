using System.Text;
using System.Text.Json;
using AgentSessions.Core;
using AgentSessions.Core.Runs.State;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Holding;
using AgentSessions.Core.Storage;
using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Agents.Tests;

/// <summary>A run that answered enough turns leaves its conversation to its successor; nobody can tell but by the reads that are saved.</summary>
public sealed class KeptConversationTests
{
    [Fact]
    public async Task Successor_HasTheConversation_WithoutReadingIt()
    {
        await using var host = await StartAsync();
        int reads = 0;
        Store(host).ReadingTranscript = () => reads++;
        for (int turn = 0; turn < 7; turn++)
        {
            Assert.Equal($"{(turn * 2) + 1}: {turn}", (await host.SendAsync($"{turn}")).Text);
        }

        Assert.Equal(0, reads);
        await host.RunsEndedAsync(3);
        Assert.Equal(4, (await host.RunsAsync()).Count);
        Assert.Equal(14, (await host.TranscriptAsync()).Count);
    }

    [Fact]
    public async Task Successor_SeesWhatWasStored_ToTheByte()
    {
        string seen = "";
        await using var host = await AgentTestHost.StartAsync(
            (turn, cancellationToken) =>
            {
                seen = JsonSerializer.Serialize(turn.UIMessages.SkipLast(1), UIJson.Options);
                return Agents.RespondAsync(turn, cancellationToken);
            },
            static host => host.Options = static options =>
            {
                options.MaxTurns = 2;
                options.Tools = static (_, _) => new([AIFunctionFactory.Create(static (string city) => $"rain in {city}", "weather")]);
            });
        host.Model.ToolCall("weather", new { city = "Oslo" }).Text("Rain.").Text("Bye.").Text("Hello.");
        await host.SendAsync("a");
        await host.SendAsync("b");
        await host.RunsEndedAsync(1);
        string stored = JsonSerializer.Serialize(await host.TranscriptAsync(), UIJson.Options);
        await host.SendAsync("c");
        Assert.Equal(stored, seen);
        Assert.Contains("Oslo", seen);
    }

    [Fact]
    public async Task ReplacedTranscript_IsSeen_WhetherARunLivesOrNot()
    {
        await using var host = await StartWithAFirstRunBehindAsync();
        await ReplaceAsync(host, "x");
        Assert.Equal("2: c", (await host.SendAsync("c")).Text);

        await ReplaceAsync(host, "y");
        await host.SendAsync("d");
        await host.RunsEndedAsync(2);
        IReadOnlyList<UIMessage> stored = await host.TranscriptAsync();
        Assert.Equal($"{stored.Count + 1}: e", (await host.SendAsync("e")).Text);
        Assert.Equal("y", stored[0].Id);
    }

    [Fact]
    public async Task WhatWasSaidWhileHeld_IsSeen()
    {
        await using var host = await StartWithAFirstRunBehindAsync();
        await host.HoldAsync(new HoldSession(HoldAction.TakeOver) { By = "Ada" });
        await host.HoldAsync(new HoldSession(HoldAction.Say) { MessageId = "said", Text = "hello" });
        await host.HoldAsync(new HoldSession(HoldAction.HandBack));
        Assert.EndsWith("6: c", (await host.SendAsync("c")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OldConversation_IsLetGo()
    {
        await using var host = await StartWithAFirstRunBehindAsync();
        Assert.Equal(1, Kept(host).Count);
        host.Time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(0, Kept(host).Count);
        Assert.Equal("5: c", (await host.SendAsync("c")).Text);
    }

    [Fact]
    public async Task RunThatEndsOtherwise_KeepsNothing()
    {
        await using var host = await Agents.StartEchoAsync(static options => options.MaxTurns = 5);
        await host.SendAsync("a");
        await host.EndRunAsync();
        await host.RunsEndedAsync(1);
        Assert.Equal(0, Kept(host).Count);
    }

    [Fact]
    public async Task ConversationThatIsStoredRedacted_IsRead()
    {
        await using var host = await Agents.StartEchoAsync(static options =>
        {
            options.MaxTurns = 1;
            options.Privacy.RedactStored = static message => message with { Parts = [new TextPart("[redacted]")] };
        });
        await host.SendAsync("a");
        await host.RunsEndedAsync(1);
        Assert.Equal(0, Kept(host).Count);
    }

    [Fact]
    public async Task ConversationThatIsTooLong_IsRead()
    {
        await using var host = await AgentTestHost.StartAsync(Agents.EchoAsync, static host =>
        {
            host.Services.AddSingleton(new KeptConversations(TimeProvider.System, maxBytes: 5_000));
            host.Options = static options => options.MaxTurns = 1;
        });
        await host.SendAsync("a");
        await host.RunsEndedAsync(1);
        Assert.Equal(1, Kept(host).Count);

        await host.SendAsync(new string('x', 6_000));
        await host.RunsEndedAsync(2);
        Assert.Equal(0, Kept(host).Count);
        Assert.Equal("5: b", (await host.SendAsync("b")).Text);
    }

    private static Task<AgentTestHost> StartAsync() => Agents.StartEchoAsync(static options => options.MaxTurns = 2);

    private static async Task<AgentTestHost> StartWithAFirstRunBehindAsync()
    {
        AgentTestHost host = await StartAsync();
        await host.SendAsync("a");
        await host.SendAsync("b");
        await host.RunsEndedAsync(1);
        return host;
    }

    private static KeptConversations Kept(AgentTestHost host) => host.Services.GetRequiredService<KeptConversations>();

    private static TestStore Store(AgentTestHost host) => (TestStore)host.Services.GetRequiredService<ISessionStore>();

    private static async Task ReplaceAsync(AgentTestHost host, string id)
    {
        var only = new StoredMessage(id, Encoding.UTF8.GetBytes($$"""{"id":"{{id}}","role":"user","parts":[]}"""), Final: true);
        await host.Services.GetRequiredService<ISessionEngine>().ReplaceTranscriptAsync(
            (await host.SessionAsync()).Key, new TranscriptDelta { TruncateAfter = "", Puts = [only] }, CancellationToken.None);
    }
}
