using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace AgentSessions.TestServer;

/// <summary>Keeps every log line of every category, so that a test can look for what must be in one, or must not.</summary>
internal sealed class CollectedLogs : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _lines = new();

    /// <summary>The lines in order: level, category, what is said and, behind it, the exception with its whole text.</summary>
    public IEnumerable<string> Lines => _lines;

    /// <summary>All of them.</summary>
    public string Text => string.Join('\n', _lines);

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, _lines);

    public void Dispose()
    {
    }

    private sealed class Logger(string category, ConcurrentQueue<string> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{logLevel} {category}: {formatter(state, exception)}{(exception is null ? "" : $" {exception}")}");
    }
}
