using AgentSessions.Conformance.Engine;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.TestServer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Embedded.Tests;

/// <summary>An operator who finds a server restarted reads in its log how many sessions were left waiting.</summary>
public sealed class RecoveryLogTests : IDisposable
{
    private readonly TestDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Start_AfterAnUnfinishedTurn_SaysHowManySessionsGoOn()
    {
        string id = Guid.NewGuid().ToString("N");
        var logs = new CollectedLogs();
        await using EmbeddedHost host = await new EmbeddedHost(
            async () => await TestStore.OpenAsync(_directory.Path),
            services => services.AddSingleton<ILoggerProvider>(logs)).StartAsync();
        await AskAsync(host, new SessionKey(id, id));
        Assert.DoesNotContain(logs.Lines, static line => line.Contains("go on", StringComparison.Ordinal));

        await host.RestartAsync();

        await Eventually.TrueAsync(() => Task.FromResult(logs.Lines.Any(static line => line.Contains("left unanswered go on: 1.", StringComparison.Ordinal))), "the line");
        ConformanceAgents.Open(id);
    }

    [Fact]
    public async Task Start_WithASessionThatCannotBeRead_HelpsTheOthers_AndNamesIt()
    {
        string id = Guid.NewGuid().ToString("N");
        var logs = new CollectedLogs();
        UnreadableSession? store = null;
        await using EmbeddedHost host = await new EmbeddedHost(
            async () => store = new UnreadableSession(await TestStore.OpenAsync(_directory.Path)) { Key = store is null ? null : "bad" },
            services => services.AddSingleton<ILoggerProvider>(logs)).StartAsync();
        foreach (string key in (string[])["bad", "good"])
        {
            await AskAsync(host, new SessionKey(id, key));
        }

        await host.RestartAsync();

        await Eventually.TrueAsync(() => Task.FromResult(logs.Lines.Any(static line => line.Contains("left unanswered go on: 1.", StringComparison.Ordinal))), "the line");
        Assert.Single(logs.Lines, static line => line.Contains("Session bad of", StringComparison.Ordinal) && line.Contains("others do not wait", StringComparison.Ordinal));
        ConformanceAgents.Open(id);
    }

    [Fact]
    public async Task Turn_WhileTheStoreTakesNoWrites_IsALineForEachTry()
    {
        string id = Guid.NewGuid().ToString("N");
        var logs = new CollectedLogs();
        AwayStore? store = null;
        await using EmbeddedHost host = await new EmbeddedHost(
            async () => store = new AwayStore(await TestStore.OpenAsync(_directory.Path)),
            services => services.AddSingleton<ILoggerProvider>(logs)).StartAsync();
        await AskAsync(host, new SessionKey(id, id));

        store!.Leave(writes: 3);
        ConformanceAgents.Open(id);
        await Eventually.TrueAsync(() => Task.FromResult(store.IsBack), "writes that fail");

        string[] told = [.. logs.Lines.Where(static line => line.Contains("could not write its out", StringComparison.Ordinal))];
        Assert.NotEmpty(told);
        Assert.All(told, static line => Assert.EndsWith(": It is away.", line));
    }

    /// <summary>Starts a session whose message is not answered before it is allowed to.</summary>
    private static async Task AskAsync(EmbeddedHost host, SessionKey session)
    {
        await host.Engine.StartAsync(
            new StartSession { Environment = session.Environment, ExternalId = session.Key, Type = "chat.agent", Agent = ConformanceAgents.Held, TriggerConfig = """{"basePayload":{}}""" },
            CancellationToken.None);
        await host.Engine.AppendAsync(
            StreamId.In(session),
            new AppendText("""{"kind":"message","payload":{"chatId":"c","trigger":"submit-message","message":{"id":"m","role":"user","parts":[{"type":"text","text":"hi"}]}}}"""u8.ToArray(), "1"),
            CancellationToken.None);
    }
}
