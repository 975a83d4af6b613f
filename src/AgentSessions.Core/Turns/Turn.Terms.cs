using AgentSessions.Core.Sessions.Terms;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Turns;

/// <content>What is kept for the turn beside its message, under the names that its terms give.</content>
internal sealed partial class Turn
{
    /// <summary>Messages that only this turn's agent sees, in place of the stored conversation; null as a rule.</summary>
    public IReadOnlyList<UIMessage>? Preface { get; private set; }

    /// <summary>What the server tells the agent for this turn only; null as a rule.</summary>
    public string? Guidance { get; private set; }

    private IReadOnlyList<UIMessage>? View => Preface is { } preface && (Writer.Continued ?? Message) is { } own ? [.. preface, own] : null;

    /// <summary>Takes in the messages that the turn's caller brought along.</summary>
    public async Task TakePrefaceAsync()
    {
        if (Record?.Terms?.Preface is not { } name
            || await TurnPreface.FindAsync(Run.Shared.State, Run.Start.Session.Key, name, Run.RunAborted) is not { } preface)
        {
            return;
        }

        if (!preface.IsStored)
        {
            Preface = preface.Messages;
        }
        else if (Run.Conversation.Count == 0)
        {
            foreach (UIMessage message in preface.Messages)
            {
                Run.Conversation.Put(message);
            }
        }
    }

    /// <summary>Reads what the server tells the agent.</summary>
    public async Task ReadGuidanceAsync()
    {
        if (Record?.Terms?.Guidance is { } name)
        {
            Guidance = await TurnGuidance.FindAsync(Run.Shared.State, Run.Start.Session.Key, name, Ending);
        }
    }
}
