using Microsoft.Extensions.AI;

namespace AgentSessions.Core.Runs.State;

/// <summary>Messages for the model that the agent's code injected, from whatever thread, and that wait to be told.</summary>
internal sealed class UndeliveredMessages
{
    private readonly List<ChatMessage> _waiting = [];

    public void Add(IEnumerable<ChatMessage> messages)
    {
        lock (_waiting)
        {
            _waiting.AddRange(messages);
        }
    }

    /// <summary>Those that are kept with the conversation while they wait; of the system role none is.</summary>
    public ChatMessage[] ToKeep()
    {
        lock (_waiting)
        {
            return [.. _waiting.Where(static message => message.Role != ChatRole.System)];
        }
    }

    /// <summary>Takes those of the system role, or the others; they no longer wait afterwards.</summary>
    public IReadOnlyList<ChatMessage> Take(bool system)
    {
        lock (_waiting)
        {
            if (_waiting.Count == 0)
            {
                return [];
            }

            ChatMessage[] taken = [.. _waiting.Where(message => (message.Role == ChatRole.System) == system)];
            _waiting.RemoveAll(message => (message.Role == ChatRole.System) == system);
            return taken;
        }
    }
}
