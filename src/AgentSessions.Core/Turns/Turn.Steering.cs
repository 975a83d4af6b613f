using AgentSessions.Agents;
using AgentSessions.Agents.Conversion;
using AgentSessions.Core.Runs.Input;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Turns;

/// <content>Messages that arrive while the turn lives (lifecycle, section 10).</content>
internal sealed partial class Turn
{
    private readonly List<InputRecord> _joining = [];

    async ValueTask<IReadOnlyList<UIMessage>> ITurnRuntime.TakePendingMessagesAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<UIMessage> messages = TakePending(Pending());
        await AdoptAsync(messages, cancellationToken);
        return messages;
    }

    /// <summary>The queued messages that can join the turn, up to the first that must have one of its own.</summary>
    public InputRecord[] Pending() => [.. Run.Inbox.Peek().TakeWhile(MayJoin)];

    /// <summary>What the records say, each message once.</summary>
    public static IReadOnlyList<UIMessage> MessagesOf(IEnumerable<InputRecord> records) =>
        [.. records.Select(static record => UIMessageClean.CleanIncoming(record.Message!)).DistinctBy(static message => message.Id)];

    /// <summary>Takes messages that are going to join; one that was taken meanwhile is left out.</summary>
    public IReadOnlyList<UIMessage> TakePending(IReadOnlyList<InputRecord> pending)
    {
        lock (_joining)
        {
            InputRecord[] taken = [.. pending.Where(Run.Inbox.TryTake)];
            _joining.AddRange(taken);
            return MessagesOf(taken);
        }
    }

    /// <summary>Taken messages that did not come to join go back, and wait for a turn of their own.</summary>
    public void PutBack()
    {
        lock (_joining)
        {
            _joining.ForEach(Run.Inbox.Untake);
            _joining.Clear();
        }
    }

    /// <summary>Takes messages into the conversation before the answer, and says so in the answer.</summary>
    public async ValueTask AdoptAsync(IReadOnlyList<UIMessage> messages, CancellationToken cancellationToken)
    {
        Join(messages);
        if (messages.Count == 0)
        {
            return;
        }

        var marker = new
        {
            messageIds = messages.Select(static message => message.Id),
            messages = messages.Select(static message => new { id = message.Id, text = message.Text }),
        };
        await Writer.WriteAsync(new DataChunk(DataPart.PendingMessageInjected, UIJson.ToElement(marker)), cancellationToken);
    }

    /// <summary>Whether a queued record is a user's message that has done nothing yet; what comes after another kind keeps its place in the order.</summary>
    public static bool IsPending(InputRecord record) =>
        record is
        {
            Route: InputRoute.Message, Trigger: InputTrigger.Submit, Fault: null, IsDropped: false, Message.Role: UIMessageRole.User,
            Terms: null or { IsApart: false }
        };

    private void Join(IReadOnlyList<UIMessage> messages)
    {
        lock (_joining)
        {
            if (Guard.IsAbandoned)
            {
                throw new TurnAbandonedException();
            }

            _joining.Clear();
            foreach (UIMessage message in messages)
            {
                Run.Conversation.Put(message);
                _history.Join(message);
                AddNew(message.Id);
            }
        }

        Compactor.Join(ModelMessages.FromUI(messages));
    }

    /// <summary>A known message says nothing new, and one of a wrong shape fails a turn: neither is this turn's business.</summary>
    private bool MayJoin(InputRecord record)
    {
        if (!IsPending(record) || Run.Conversation.IndexOf(record.Message!.Id) >= 0)
        {
            return false;
        }

        try
        {
            Run.Options.UIMessages.Check(record.Message);
            return true;
        }
        catch (AgentUserException)
        {
            return false;
        }
    }
}
