using AgentSessions.Core;
using AgentSessions.Core.Sessions.Terms;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Errors;
using AgentSessions.Gateway.Puffle.Answers;
using AgentSessions.Gateway.Puffle.Requests;
using AgentSessions.Gateway.Puffle.Settings;
using AgentSessions.Gateway.Puffle.Turns;
using AgentSessions.Gateway.Streaming;
using AgentSessions.Gateway.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Puffle;

/// <summary><c>POST /api/agent/chat/sync</c>: one turn, answered when it has ended. A client that leaves stops it.</summary>
internal sealed class SyncEndpoint(
    ISessionEngine engine,
    PuffleGate gate,
    PuffleAgents agents,
    TurnOpening opening,
    TurnPoster poster,
    LostTurns lost,
    PuffleConversations conversations,
    IOptions<PuffleOptions> options,
    IOptions<StreamingOptions> streaming,
    IHostApplicationLifetime lifetime,
    TimeProvider time)
{
    public async Task PostAsync(HttpContext context)
    {
        GatewayUser user = await gate.AdmitAsync(context);
        var request = ChatRequest.Read(await gate.ReadBodyAsync(context));
        PostedTurn turn = await opening.OpenAsync(context, user, agents.Of(context), request, isPolled: false);
        await WaitAsync(context, turn);
        TurnReceipt? receipt = await TurnReceipt.FindAsync(engine.State, user.Environment, turn.RunId, context.RequestAborted);
        if (receipt is not { State: TurnState.Completed })
        {
            throw new RequestRefusedException(new Problem(StatusCodes.Status500InternalServerError, receipt?.Error ?? "The run was cancelled"));
        }

        var result = RunResult.Of(await conversations.ReadAsync(turn.Session.Key, limit: null, context.RequestAborted), receipt);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, (turn, result), static (json, answer) =>
        {
            json.WriteStartObject();
            answer.result.WriteFields(json);
            if (PuffleConversations.IdOf(answer.turn.Session) is { } conversation)
            {
                json.WriteString("conversationId"u8, conversation);
            }

            json.WriteEndObject();
        });
    }

    private async Task WaitAsync(HttpContext context, PostedTurn turn)
    {
        using var limit = new CancellationTokenSource(options.Value.SyncTimeout, time);
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping, limit.Token);
        try
        {
            using var tail = new TurnTail(engine, lost, turn, leave.Token);
            while (!tail.HasEnded)
            {
                await tail.ReadAsync(streaming.Value.PingInterval);
            }
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // The turn is not stopped: whoever serves the session next finishes it.
            throw new RequestRefusedException(new Problem(StatusCodes.Status500InternalServerError, "The server is stopping; the run goes on"));
        }
        catch (OperationCanceledException) when (leave.IsCancellationRequested)
        {
            await poster.StopAsync(turn);
            context.RequestAborted.ThrowIfCancellationRequested();
            throw new RequestRefusedException(new Problem(StatusCodes.Status504GatewayTimeout, "The run took too long and was stopped"));
        }
    }
}
