using AgentSessions.Core;
using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Bodies;
using AgentSessions.Gateway.Permissions;
using AgentSessions.Gateway.Stagent.Access;
using AgentSessions.Gateway.Stagent.Conversations;
using AgentSessions.Gateway.Stagent.Messages;
using AgentSessions.Gateway.Stagent.Requests;
using AgentSessions.Gateway.Users;
using AgentSessions.Protocol.UI;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Stagent.Endpoints;

/// <summary><c>POST …/respond</c>: answers a permission request or a question. What nobody waits for any more is stale, never an error.</summary>
internal sealed class RespondEndpoint(
    ISessionEngine engine, StagentAccess access, ConversationStore conversations, RequestStore requests, RequestAnswers answers, PermissionRules rules)
{
    // Requests are looked up in the newest messages: another API may have asked, or answered.
    private const int Reach = 50;

    public async Task PostAsync(HttpContext context)
    {
        (GatewayUser user, BodyFields body) = await access.ReadAsync(context);
        RespondFields fields = RespondFields.Read(body);
        bool isStale = true;
        if (await conversations.FindAsync(user, PathSegment.Get(context, "conversation"), context.RequestAborted) is { } conversation)
        {
            isStale = !await AnswerAsync(user, conversation, fields, context.RequestAborted);
        }

        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, isStale, static (json, isStale) =>
        {
            json.WriteStartObject();
            json.WriteBoolean("ok"u8, true);
            json.WriteBoolean("stale"u8, isStale);
            json.WriteEndObject();
        });
    }

    private async ValueTask<bool> AnswerAsync(GatewayUser user, Conversation conversation, RespondFields fields, CancellationToken cancellationToken)
    {
        SessionView view = await SessionView.ReadAsync(engine, conversation.Key, Reach, cancellationToken);
        PendingRequest? request = (await requests.FindAsync(conversation.Key, fields.RequestId, cancellationToken))?.SeenIn(view.Messages)
            ?? FindUnkept(conversation, view, fields.RequestId);
        if (fields.Rule(request) is { } rule)
        {
            // Before the answer, so that the agent's very next call meets it.
            await rules.AddAsync(user, rule, cancellationToken);
        }

        if (request is null)
        {
            return false;
        }

        if (request.State == RequestState.Open && await answers.TryAnswerAsync(conversation.Key, request, fields.Answer, cancellationToken))
        {
            await conversations.TouchAsync(user, conversation, cancellationToken);
            return true;
        }

        await requests.AnswerLateAsync(conversation.Key, request, fields.Answer.IsAllowed, cancellationToken);
        return false;
    }

    private static PendingRequest? FindUnkept(Conversation conversation, SessionView view, string id)
    {
        foreach (UIMessage message in view.Messages)
        {
            foreach (ToolPart call in message.Tools.Where(call => PendingRequest.IsOf(call) || (message.Id != view.PartialId && PendingRequest.IsOpen(call))))
            {
                if (PendingRequest.Of(conversation.Key, message.Id, call) is var request && request.Id == id)
                {
                    return request;
                }
            }
        }

        return null;
    }
}
