using AgentSessions.Core.Sessions;

namespace AgentSessions.Testing;

/// <summary>Ids that count up, so that a test reads the same each time.</summary>
internal sealed class TestIds : IIdSource
{
    private int _sessions;
    private int _runs;
    private int _messages;
    private int _parts;

    public string NewSessionId() => $"{SessionKey.FriendlyPrefix}test{Interlocked.Increment(ref _sessions)}";

    public string NewRunId() => $"run_test{Interlocked.Increment(ref _runs)}";

    public string NewMessageId() => $"user-{Interlocked.Increment(ref _messages)}";

    public string NewPartId() => $"part-{Interlocked.Increment(ref _parts)}";
}
