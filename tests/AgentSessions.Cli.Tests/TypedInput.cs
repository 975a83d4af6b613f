using System.Collections.Concurrent;

namespace AgentSessions.Cli.Tests;

/// <summary>Lines that a test types one after the other.</summary>
internal sealed class TypedInput : TextReader
{
    private readonly BlockingCollection<string> _lines = [];

    public void Type(string line) => _lines.Add(line);

    public void End() => _lines.CompleteAdding();

    public override string? ReadLine() => _lines.TryTake(out string? line, Timeout.Infinite) ? line : null;
}
