namespace AgentSessions.Orleans.Messages;

/// <summary>Which types travel between nodes as JSON: those of Core and Protocol that grain calls carry.</summary>
/// <remarks>
/// JSON by names, so that nodes of two versions understand each other while a member is being added: one skips what it does not know, the
/// other finds a default. All of them are immutable and need no copies inside a node.
/// </remarks>
internal static class MessageTypes
{
    public static bool Contains(Type type) =>
        type.Namespace is { } name
        && (name.StartsWith("AgentSessions.Core", StringComparison.Ordinal) || name.StartsWith("AgentSessions.Protocol", StringComparison.Ordinal))
        && !typeof(Exception).IsAssignableFrom(type);
}
