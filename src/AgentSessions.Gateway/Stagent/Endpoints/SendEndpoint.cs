using AgentSessions.Core.Streams;
using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Bodies;
using AgentSessions.Gateway.Limits;
using AgentSessions.Gateway.Stagent.Access;
using AgentSessions.Gateway.Stagent.Conversations;
using AgentSessions.Gateway.Stagent.Settings;
using AgentSessions.Gateway.Stagent.Turns;
using AgentSessions.Gateway.Users;
using AgentSessions.Protocol.Records;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Stagent.Endpoints;

/// <summary><c>POST …/messages</c>: takes a message and streams its turn.</summary>
/// <remarks>
/// A client that leaves stops the turn, which is this API's only way to say so; what was said is kept. A server that stops leaves the turn alone:
/// it is recovered, and another process follows it to its end.
/// </remarks>
internal sealed class SendEndpoint(
    StagentAccess access,
    RateLimits limits,
    Admission admission,
    ConversationStore conversations,
    MessageIntake starts,
    TurnStop stops,
    TurnServices services,
    IOptions<StagentOptions> options,
    IHostApplicationLifetime lifetime)
{
    public async Task PostAsync(HttpContext context)
    {
        (GatewayUser user, BodyFields body) = await access.ReadAsync(context);
        SendFields fields = SendFields.Read(body);
        Conversation conversation = await conversations.RequireAsync(user, PathSegment.Get(context, "conversation"), context.RequestAborted);
        limits.CountAppend(context, conversation.Key);
        using Admission.Lease place = admission.Reader();
        Cursor from = (await services.Engine.GetBoundsAsync(StreamId.Out(conversation.Key), context.RequestAborted)).Tail;

        // From here on the message may be durable, so its turn is looked after even if the client has left, and no fault of the store refuses it.
        StartedTurn started = await BeginAsync(user, conversation, fields);
        ActiveTurn turn = started.Turn;
        var stream = new TurnStream(context, options.Value, services.Time);
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            await stream.OpenAsync();
            await stream.StatusAsync("thinking", "Thinking…");
            await services.Retry.RunAsync(token => starts.NoteAsync(user, conversation, started, token), stream, leave.Token);
            TurnEnd end = await new TurnFollower(services, conversation.Key, turn, stream).RunAsync(from, isResumed: false, leave.Token);
            await FinishAsync(conversation, turn, end, stream, leave.Token);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // Whoever serves next follows the turn to its end.
        }
        catch (Exception exception) when (exception is OperationCanceledException || context.RequestAborted.IsCancellationRequested)
        {
            await stops.StopAsync(conversation.Key, turn);
        }
    }

    private async Task<StartedTurn> BeginAsync(GatewayUser user, Conversation conversation, SendFields fields)
    {
        using Admission.Lease lease = admission.Write();
        return await starts.BeginAsync(user, conversation, fields.Content, fields.Mentions, CancellationToken.None);
    }

    private async Task FinishAsync(Conversation conversation, ActiveTurn turn, TurnEnd end, TurnStream stream, CancellationToken cancellationToken)
    {
        if (end == TurnEnd.Deleted)
        {
            await stream.FailAsync(end.Error!);
            return;
        }

        TurnNote note = await services.Retry.RunAsync(_ => services.EndAsync(conversation.Key, turn, end, CancellationToken.None), stream, cancellationToken);
        if (end.Status == TurnNote.Failed)
        {
            await stream.FailAsync(end.Error ?? "The turn failed.");
        }
        else
        {
            await stream.DoneAsync(note);
        }
    }
}
