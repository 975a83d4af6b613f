using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Terms;
using AgentSessions.Gateway.Limits;
using AgentSessions.Gateway.Puffle.Answers;
using AgentSessions.Gateway.Puffle.Requests;
using AgentSessions.Gateway.Puffle.Settings;
using AgentSessions.Gateway.Puffle.Turns;
using AgentSessions.Gateway.Streaming;
using AgentSessions.Gateway.Users;
using AgentSessions.Protocol.UI;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Puffle;

/// <summary><c>POST /api/agent/chat/stream</c>: one turn as it is written, as the AI SDK's UI message stream. A client that leaves stops it.</summary>
internal sealed class StreamEndpoint(
    ISessionEngine engine,
    PuffleGate gate,
    PuffleAgents agents,
    TurnOpening opening,
    ApprovalAnswers approvals,
    PendingCalls pending,
    TurnPoster poster,
    LostTurns lost,
    Admission admission,
    IOptions<PuffleOptions> options,
    IOptions<StreamingOptions> streaming,
    IHostApplicationLifetime lifetime,
    TimeProvider time)
{
    public async Task PostAsync(HttpContext context)
    {
        GatewayUser user = await gate.AdmitAsync(context);
        var request = StreamRequest.Read(await gate.ReadBodyAsync(context));
        string agent = agents.Of(context);

        // Before anything is spent or stored for it.
        using Admission.Lease place = admission.Reader();
        using var limit = new CancellationTokenSource(options.Value.StreamTimeout, time);
        (PostedTurn turn, string messageId) = request.Approval is { } answer
            ? await approvals.OpenAsync(context, user, request, answer)
            : (await opening.OpenAsync(context, user, agent, request), MessageIds.New());
        await ServeAsync(context, new Served(user, turn, messageId), limit);
    }

    private async Task ServeAsync(HttpContext context, Served served, CancellationTokenSource limit)
    {
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping, limit.Token);
        var output = new ChunkStream(context, streaming.Value);
        var translator = new ChunkTranslator(options.Value.UIMessageVersion >= 6);
        try
        {
            await output.StartAsync(PuffleConversations.IdOf(served.Turn.Session), leave.Token);
            await FollowAsync(output, translator, served, leave.Token);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // The turn is not stopped: whoever serves the session next finishes it.
            context.Abort();
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            await poster.StopAsync(served.Turn);
            output.Write(translator.Expire(served.MessageId));
            output.WriteEnd();
            await output.FlushAsync(context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            await poster.StopAsync(served.Turn);
            context.Abort();
        }
    }

    private async Task FollowAsync(ChunkStream output, ChunkTranslator translator, Served served, CancellationToken cancellationToken)
    {
        using var tail = new TurnTail(engine, lost, served.Turn, cancellationToken);
        long heard = time.GetTimestamp();
        while (!tail.HasEnded)
        {
            IReadOnlyList<UIMessageChunk> chunks = await tail.ReadAsync(streaming.Value.PingInterval);
            if (chunks.Count > 0)
            {
                heard = time.GetTimestamp();
            }
            else if (!tail.HasEnded && time.GetElapsedTime(heard) >= streaming.Value.PingInterval)
            {
                output.WritePing();
                heard = time.GetTimestamp();
            }

            foreach (UIMessageChunk chunk in chunks)
            {
                output.Write(translator.Translate(chunk));
            }

            await output.FlushAsync(cancellationToken);
        }

        TurnReceipt? receipt = await TurnReceipt.FindAsync(engine.State, served.User.Environment, served.Turn.RunId, cancellationToken);
        if (receipt?.State == TurnState.Completed)
        {
            await KeepCallsAsync(translator, served, cancellationToken);
        }

        output.Write(translator.End(receipt, served.MessageId));
        output.WriteEnd();
        await output.FlushAsync(cancellationToken);
    }

    /// <summary>Keeps the calls that are about to be announced, since their answer may come at once.</summary>
    private async ValueTask KeepCallsAsync(ChunkTranslator translator, Served served, CancellationToken cancellationToken)
    {
        foreach (ToolApprovalRequestChunk asked in translator.Asked)
        {
            SessionRow session = await engine.FindAsync(served.Turn.Session.Key, cancellationToken) ?? served.Turn.Session;
            var call = new PendingCall(asked.ToolCallId, asked.ApprovalId, translator.MessageId ?? served.MessageId, session.Agent);
            await pending.KeepAsync(served.User, session, call, cancellationToken);
        }
    }

    /// <summary>What is streamed to whom.</summary>
    /// <param name="User">Whose turn it is.</param>
    /// <param name="Turn">The turn.</param>
    /// <param name="MessageId">The id of the answer as long as the turn has not said its own.</param>
    private sealed record Served(GatewayUser User, PostedTurn Turn, string MessageId);
}
