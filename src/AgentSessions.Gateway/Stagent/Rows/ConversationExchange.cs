using AgentSessions.Gateway.Stagent.Messages;
using AgentSessions.Gateway.Stagent.Turns;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Gateway.Stagent.Rows;

/// <summary>A user's message and what was answered to it.</summary>
/// <param name="Question">Null for answers before the first question.</param>
/// <param name="Note">What is noted of the turn, if this API began it.</param>
internal sealed record ConversationExchange(UIMessage? Question, TurnNote? Note)
{
    public List<UIMessage> Answers { get; } = [];

    /// <summary>Puts questions and answers together, in the order of the questions.</summary>
    public static IReadOnlyList<ConversationExchange> Of(SessionView view, IReadOnlyDictionary<string, TurnNote> notes)
    {
        var owners = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (TurnNote note in notes.Values)
        {
            foreach (string answer in note.Answers)
            {
                owners.TryAdd(answer, note.UserMessageId);
            }
        }

        var exchanges = new List<ConversationExchange>();
        ConversationExchange? waiting = null;
        foreach (UIMessage message in view.Messages.Concat(view.Owed))
        {
            if (message.Role == UIMessageRole.User)
            {
                exchanges.Add(new ConversationExchange(message, notes.GetValueOrDefault(message.Id)));

                // A message taken into a running turn does not end that turn's claim on the next answer.
                waiting = waiting is { Answers.Count: 0, Note.Status: TurnNote.Streaming } && exchanges[^1].Note is null ? waiting : exchanges[^1];
            }
            else if (message.Role == UIMessageRole.Assistant)
            {
                ConversationExchange? owner = owners.TryGetValue(message.Id, out string? question)
                    ? exchanges.Find(exchange => exchange.Question?.Id == question)
                    : null;
                owner ??= waiting is { Note.Status: not TurnNote.Streaming } ? null : waiting;
                if (owner is null)
                {
                    // Said without being asked by this API.
                    exchanges.Add(owner = new ConversationExchange(Question: null, Note: null));
                }

                owner.Answers.Add(message);
            }
        }

        return exchanges;
    }
}
