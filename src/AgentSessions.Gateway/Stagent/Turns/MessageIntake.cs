using System.Text;
using System.Text.Json;
using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Terms;
using AgentSessions.Core.Streams;
using AgentSessions.Gateway.Errors;
using AgentSessions.Gateway.Stagent.Conversations;
using AgentSessions.Gateway.Stagent.Entities;
using AgentSessions.Gateway.Stagent.Messages;
using AgentSessions.Gateway.Stagent.Projects;
using AgentSessions.Gateway.Users;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.UI;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Stagent.Turns;

/// <summary>Takes a message: from then on its turn is the conversation's active one.</summary>
internal sealed class MessageIntake(
    ISessionEngine engine,
    TurnStore turns,
    ConversationStore conversations,
    AgentChoice agents,
    MentionContext mentions,
    ProjectScans projects,
    TimeProvider time)
{
    private const int MaxTitleLength = 60;
    private const string Ellipsis = "...";

    /// <summary>Takes the message. What else belongs to its turn is for <see cref="NoteAsync"/>.</summary>
    /// <exception cref="RequestRefusedException">409: a turn is active. Nothing is stored then.</exception>
    /// <exception cref="SessionException">The session takes no message.</exception>
    public async Task<StartedTurn> BeginAsync(
        GatewayUser user, Conversation conversation, string content, IReadOnlyList<EntityReference> mentioned, CancellationToken cancellationToken)
    {
        SessionKey session = conversation.Key;
        var turn = new ActiveTurn
        {
            SessionKey = session.Key,
            UserId = user.Id,
            Note = new TurnNote
            {
                UserMessageId = Guid.NewGuid().ToString(),
                At = time.GetUtcNow().ToUnixTimeMilliseconds(),
                ModelId = conversation.Settings.ModelId,
            },
        };
        bool isAfterStopped = await turns.FindActiveAsync(session, cancellationToken) is { IsStopping: true };
        SessionView view = await SessionView.ReadAsync(engine, session, limit: 1, cancellationToken);

        // What a cancelled run left waits for the next message, and must not keep it away; nor does what only the agent can act on while a person answers.
        bool isBusy = !isAfterStopped && view.IsBusy && conversation.Row.IsAttendedAt(time.GetUtcNow()) && (!conversation.Row.IsHeld || view.Owed.Count > 0);
        if (isBusy || !await turns.TryBeginAsync(session, turn, cancellationToken))
        {
            throw new RequestRefusedException(new Problem(StatusCodes.Status409Conflict, "A turn is active in this conversation"));
        }

        try
        {
            turn = turn with { Sequence = await AppendAsync(user, conversation, turn.Note.UserMessageId, content, mentioned, cancellationToken) };
        }
        catch
        {
            await turns.ForgetAsync(session);
            throw;
        }

        return new StartedTurn(turn, view.Messages.Count == 0 ? TitleOf(content) : null);
    }

    /// <summary>Notes a turn whose message is taken. May be done again when it failed halfway.</summary>
    /// <returns>Whether the conversation is still there.</returns>
    public async ValueTask<bool> NoteAsync(GatewayUser user, Conversation conversation, StartedTurn started, CancellationToken cancellationToken)
    {
        SessionKey session = conversation.Key;
        await turns.ChangeAsync(session, started.Turn, cancellationToken);
        await turns.PutNoteAsync(session, started.Turn.Note, cancellationToken);
        if (await conversations.FindAsync(user, conversation.Id, cancellationToken) is not { } current)
        {
            return false;
        }

        if (current.Title is null && started.Title is { } title)
        {
            try
            {
                await engine.UpdateAsync(session, current.Titled(title, keepsOther: true), cancellationToken);
            }
            catch (SessionException exception) when (exception.Code == SessionErrorCode.SessionNotFound)
            {
                return false;
            }
        }

        await conversations.TouchAsync(user, conversation, cancellationToken);
        return true;
    }

    private async Task<long> AppendAsync(
        GatewayUser user, Conversation conversation, string id, string content, IReadOnlyList<EntityReference> mentioned, CancellationToken cancellationToken)
    {
        string? guidance = null;
        if (await GuidanceAsync(user, conversation, mentioned, cancellationToken) is { } text)
        {
            guidance = id;
            await engine.State.PutAsync(new TurnGuidance(text).ToPut(conversation.Key, id), expectedVersion: null, cancellationToken);
        }

        string? modelId = conversation.Settings.ModelId;
        byte[] input = JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                kind = "message",
                payload = new
                {
                    chatId = conversation.Id,
                    trigger = "submit-message",
                    message = UIMessage.User(id, content),
                    metadata = modelId is null ? null : new { modelId },
                },
            },
            UIJson.Options);
        var terms = new MessageTerms
        {
            Agent = agents.Of(conversation.Settings),
            IsApart = true,
            Receipt = id,
            Guidance = guidance,
        };
        return (await engine.AppendAsync(StreamId.In(conversation.Key), new AppendText(input, id) { Terms = terms }, cancellationToken)).Sequence;
    }

    /// <summary>What the agent is told beside the message, for this turn only.</summary>
    private async ValueTask<string?> GuidanceAsync(
        GatewayUser user, Conversation conversation, IReadOnlyList<EntityReference> mentioned, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        text.Append(projects.Describe(conversation.Settings.ProjectId));
        text.Append(await mentions.DescribeAsync(user, mentioned, cancellationToken));
        return text.Length > 0 ? text.ToString() : null;
    }

    /// <summary>The first message as a title; a cut never leaves half a character.</summary>
    private static string TitleOf(string content)
    {
        if (content.Length <= MaxTitleLength)
        {
            return content;
        }

        int length = MaxTitleLength - Ellipsis.Length;
        return content[..(char.IsHighSurrogate(content[length - 1]) ? length - 1 : length)] + Ellipsis;
    }
}

/// <summary>A turn whose message is taken.</summary>
/// <param name="Turn">The turn.</param>
/// <param name="Title">What the conversation is called if it has no title; null behind the first message.</param>
internal sealed record StartedTurn(ActiveTurn Turn, string? Title);
