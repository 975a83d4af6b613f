using AgentSessions.Core;
using AgentSessions.Gateway.Stagent.Conversations;
using AgentSessions.Gateway.Stagent.Messages;
using AgentSessions.Gateway.Stagent.Requests;
using AgentSessions.Gateway.Stagent.Turns;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Gateway.Stagent.Rows;

/// <summary>Makes a conversation's rows of its messages and of what is noted of its turns. Messages that came another way are shown as they are.</summary>
internal sealed class ConversationRows(ISessionEngine engine, TurnStore turns, RequestStore requests, Screenshots screenshots, TimeProvider time)
{
    private const string Unanswered = "The turn ended without an answer.";

    /// <summary>All rows, oldest first.</summary>
    public async ValueTask<IReadOnlyList<MessageRow>> ReadAsync(Conversation conversation, CancellationToken cancellationToken)
    {
        // The active turn is read first: should it end meanwhile, its note is there.
        ActiveTurn? active = await turns.FindActiveAsync(conversation.Key, cancellationToken);
        var notes = new Dictionary<string, TurnNote>(StringComparer.Ordinal);
        if (active is not null)
        {
            notes[active.Note.UserMessageId] = active.Note;
        }

        foreach (TurnNote note in await turns.ListNotesAsync(conversation.Key, cancellationToken))
        {
            notes[note.UserMessageId] = note;
        }

        ILookup<string?, PendingRequest> asked = (await requests.ListAsync(conversation.Key, cancellationToken)).ToLookup(static request => request.Turn);
        SessionView view = await SessionView.ReadAsync(engine, conversation.Key, limit: null, cancellationToken);

        // A run that was cancelled leaves an answer that nobody goes on with.
        bool isWritten = view.PartialId is not null
            && await engine.FindAsync(conversation.Key, cancellationToken) is { } row
            && row.IsAttendedAt(time.GetUtcNow());
        var rows = new List<MessageRow>();
        foreach (ConversationExchange exchange in ConversationExchange.Of(view, notes))
        {
            long at = exchange.Note?.At ?? rows.LastOrDefault()?.At ?? conversation.Row.CreatedAt.ToUnixTimeMilliseconds();
            if (exchange.Question is { } question)
            {
                rows.Add(new MessageRow(question.Id, "user", question.Text, null, "complete", at));
            }

            if (exchange.Note is { } note)
            {
                rows.Add(await AnswerAsync(conversation, exchange, note, active?.Note.UserMessageId == note.UserMessageId, cancellationToken));
                rows.AddRange(asked[note.UserMessageId].Select(request => Row(request.SeenIn(exchange.Answers), request.At)));
            }
            else
            {
                AddOthers(conversation, exchange, view, isWritten, rows, at);
            }
        }

        return rows;
    }

    private async ValueTask<MessageRow> AnswerAsync(
        Conversation conversation, ConversationExchange exchange, TurnNote note, bool isActive, CancellationToken cancellationToken)
    {
        string text = string.Concat(exchange.Answers.Select(static answer => answer.Text));
        string status = note.Status != TurnNote.Streaming || isActive ? note.Status : text.Length > 0 ? TurnNote.Complete : TurnNote.Failed;
        if (status == TurnNote.Failed && text.Length == 0)
        {
            text = note.Error ?? Unanswered;
        }

        var attachments = new List<Screenshot>();
        foreach (FilePart file in exchange.Answers.SelectMany(static answer => answer.Parts.OfType<FilePart>()))
        {
            if (await screenshots.KeepAsync(conversation.Key, Conversation.OwnerOf(conversation.Row), file.MediaType, file.Url, cancellationToken) is { } screenshot
                && !attachments.Contains(screenshot))
            {
                attachments.Add(screenshot);
            }
        }

        return new MessageRow(note.RowId, "assistant", text, RowMetadata.Of(note, attachments), status, note.At);
    }

    /// <summary>Answers of another API: a row for each, and one for each request.</summary>
    private static void AddOthers(Conversation conversation, ConversationExchange exchange, SessionView view, bool isWritten, List<MessageRow> rows, long at)
    {
        foreach (UIMessage answer in exchange.Answers)
        {
            bool isOver = answer.Id != view.PartialId;
            string status = !isOver && isWritten ? TurnNote.Streaming : isOver || answer.Text.Length > 0 ? TurnNote.Complete : TurnNote.Failed;
            rows.Add(new MessageRow(answer.Id, "assistant", status == TurnNote.Failed ? Unanswered : answer.Text, null, status, at));
            rows.AddRange(answer.Tools
                .Where(call => PendingRequest.IsOf(call) || (isOver && PendingRequest.IsOpen(call)))
                .Select(call => Row(PendingRequest.Of(conversation.Key, answer.Id, call), at)));
        }
    }

    private static MessageRow Row(PendingRequest request, long at) =>
        new(request.RowId, "system", request.IsQuestion ? "The agent asks a question." : $"The agent asks to use {request.ToolName}.", RowMetadata.Of(request), request.Status, at);
}
