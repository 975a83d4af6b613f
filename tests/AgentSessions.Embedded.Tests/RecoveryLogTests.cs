using System.Collections.Concurrent;
using AgentSessions.Conformance.Engine;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.TestServer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

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
        var lines = new Lines();
        await using EmbeddedHost host = await new EmbeddedHost(
            async () => await TestStore.OpenAsync(_directory.Path),
            services => services.AddSingleton<ILoggerProvider>(lines)).StartAsync();
        await host.Engine.StartAsync(
            new StartSession { Environment = id, ExternalId = id, Type = "chat.agent", Agent = ConformanceAgents.Held, TriggerConfig = """{"basePayload":{}}""" }, CancellationToken.None);
        await host.Engine.AppendAsync(
            StreamId.In(new SessionKey(id, id)),
            new AppendText("""{"kind":"message","payload":{"chatId":"c","trigger":"submit-message","message":{"id":"m","role":"user","parts":[{"type":"text","text":"hi"}]}}}"""u8.ToArray(), "1"),
            CancellationToken.None);
        Assert.DoesNotContain(lines.All, static line => line.Contains("go on", StringComparison.Ordinal));

        await host.RestartAsync();

        await Eventually.TrueAsync(() => Task.FromResult(lines.All.Any(static line => line.EndsWith("left unanswered go on: 1.", StringComparison.Ordinal))), "the line");
        ConformanceAgents.Open(id);
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IEnumerable<string> All => _lines;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
