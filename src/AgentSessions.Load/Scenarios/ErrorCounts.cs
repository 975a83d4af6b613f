using System.Collections.Concurrent;

namespace AgentSessions.Load.Scenarios;

/// <summary>Errors by kind. Kinds are few: they hold no ids.</summary>
internal sealed class ErrorCounts
{
    private readonly ConcurrentDictionary<string, long> _counts = new();

    public long Total => _counts.Values.Sum();

    public void Add(string kind, long count = 1) => _counts.AddOrUpdate(kind, count, (_, before) => before + count);

    public IReadOnlyDictionary<string, long> ToDictionary() => new SortedDictionary<string, long>(_counts, StringComparer.Ordinal);
}
