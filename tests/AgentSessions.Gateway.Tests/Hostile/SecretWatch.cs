using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Gateway.Tests.Hostile;

/// <summary>Looks through every log line for secrets as it is written, and keeps none.</summary>
internal sealed class SecretWatch(ConcurrentQueue<string> secrets) : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> _leaks = new();
    private long _lines;

    /// <summary>Lines in which a secret stood.</summary>
    public IReadOnlyCollection<string> Leaks => _leaks;

    public long Lines => Interlocked.Read(ref _lines);

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Debug;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        Interlocked.Increment(ref _lines);
        string line = $"{formatter(state, exception)} {exception}";
        if (secrets.Any(secret => line.Contains(secret, StringComparison.Ordinal)))
        {
            _leaks.Enqueue(line);
        }
    }

    public void Dispose()
    {
    }
}
