using System.Collections.Concurrent;

namespace AgentSessions.Orleans.NextServer;

/// <summary>How many messages of each type this node has read, and how many of them came from its own version.</summary>
internal static class MessageCounts
{
    private static readonly ConcurrentDictionary<string, int> _read = new();
    private static readonly ConcurrentDictionary<string, int> _fromNext = new();

    public static void Read(Type type) => _read.AddOrUpdate(type.Name, 1, static (_, count) => count + 1);

    public static void FromNext(Type type, bool isWhole)
    {
        if (!isWhole)
        {
            throw new InvalidOperationException($"A {type.Name} of the next version has lost its member.");
        }

        _fromNext.AddOrUpdate(type.Name, 1, static (_, count) => count + 1);
    }

    /// <summary>For each type: messages of the next version, and of the current one.</summary>
    public static IReadOnlyDictionary<string, int[]> All() => _read.ToDictionary(
        static type => type.Key,
        static type => (int[])[_fromNext.GetValueOrDefault(type.Key), type.Value - _fromNext.GetValueOrDefault(type.Key)]);
}
