using System.Collections.Concurrent;

namespace AgentSessions.Benchmarks.Baseline;

/// <summary>Sessions by name, made when first met.</summary>
internal sealed class BaselineSessions
{
    private readonly ConcurrentDictionary<string, BaselineSession> _sessions = new();

    public BaselineSession Get(string name) => _sessions.GetOrAdd(name, static _ => new BaselineSession());
}
