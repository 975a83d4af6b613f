using AgentSessions.Agents;
using AgentSessions.Core.Runs.Input;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Turns;

/// <content>Messages that arrive while the turn lives (lifecycle, section 10).</content>
internal sealed partial class Turn
{
    async ValueTask<IReadOnlyList<UIMessage>> ITurnRuntime.TakePendingMessagesAsync(CancellationToken cancellationToken)
    {
        InputRecord[] pending = [.. Run.Inbox.Peek().TakeWhile(IsPending)];
        if (pending.Length == 0)
        {
            return [];
        }

        InputRecord[] taken = [.. pending.Where(Run.Inbox.TryTake)];
        UIMessage[] messages = [.. taken.Select(static record => record.Message!).DistinctBy(static message => message.Id)];
        await AdoptAsync(messages, cancellationToken);
        return messages;
    }

    /// <summary>Takes messages into the conversation before the answer, and says so in the answer.</summary>
    public async ValueTask AdoptAsync(IReadOnlyList<UIMessage> messages, CancellationToken cancellationToken)
    {
        if (messages.Count == 0)
        {
            return;
        }

        foreach (UIMessage message in messages)
        {
            Run.Conversation.Put(message);
            AddNew(message.Id);
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
        record is { Route: InputRoute.Message, Trigger: InputTrigger.Submit, Fault: null, Message.Role: UIMessageRole.User, Terms: null or { IsApart: false } };
}
