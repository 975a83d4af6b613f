using AgentSessions.Gateway.Stagent.Messages;
using AgentSessions.Gateway.Stagent.Requests;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Gateway.Stagent.Turns;

/// <summary>The messages that answer a user's message.</summary>
/// <param name="Messages">In order.</param>
/// <param name="OpenCalls">Calls that wait for the user, each with the message that holds it.</param>
/// <param name="IsRunning">Whether the last one is being written.</param>
internal sealed record TurnAnswer(IReadOnlyList<UIMessage> Messages, IReadOnlyList<(string MessageId, ToolPart Call)> OpenCalls, bool IsRunning)
{
    /// <summary>How many stored messages are looked at to find the answer of a turn that has just run.</summary>
    public const int Reach = 50;

    /// <summary>Null when the message is not stored yet.</summary>
    public static TurnAnswer? Find(SessionView view, string userMessageId)
    {
        int start = view.Messages.ToList().FindIndex(message => message.Id == userMessageId);
        if (start < 0)
        {
            return null;
        }

        // A message that was taken into the turn stands before the answer, and does not end it.
        HashSet<string> taken =
        [
            .. view.Messages.SelectMany(static message => message.Parts.OfType<DataPart>()).SelectMany(static part => DataPart.InjectedMessages(part.Name, part.Data)),
        ];
        UIMessage[] answer =
        [
            .. view.Messages.Skip(start + 1)
                .TakeWhile(message => message.Role != UIMessageRole.User || taken.Contains(message.Id))
                .Where(static message => message.Role != UIMessageRole.User),
        ];
        return new TurnAnswer(
            answer,
            [.. answer.SelectMany(static message => message.Tools.Where(PendingRequest.IsOpen).Select(call => (message.Id, call)))],
            answer.Length > 0 && answer[^1].Id == view.PartialId);
    }
}
