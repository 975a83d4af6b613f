using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Puffle.Requests;
using AgentSessions.Gateway.Puffle.Turns;
using AgentSessions.Gateway.Users;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Puffle;

/// <summary><c>POST /api/agent/chat</c>: queues one turn and answers at once.</summary>
internal sealed class StartEndpoint(PuffleGate gate, PuffleAgents agents, TurnOpening opening)
{
    public async Task PostAsync(HttpContext context)
    {
        GatewayUser user = await gate.AdmitAsync(context);
        var request = ChatRequest.Read(await gate.ReadBodyAsync(context));
        PostedTurn turn = await opening.OpenAsync(context, user, agents.Of(context), request, isPolled: true);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status202Accepted, turn, static (json, posted) =>
        {
            json.WriteStartObject();
            json.WriteString("runId"u8, posted.RunId);
            json.WriteString("status"u8, "queued"u8);
            if (PuffleConversations.IdOf(posted.Session) is { } conversation)
            {
                json.WriteString("conversationId"u8, conversation);
            }

            json.WriteEndObject();
        });
    }
}
