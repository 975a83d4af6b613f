using System.Text.Json;
using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Terms;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Gateway.Stagent.Requests;

/// <summary>Hands the user's answers on to the agent, as a native client would.</summary>
internal sealed class RequestAnswers(ISessionEngine engine, RequestStore requests)
{
    private const string TimedOut = "The request timed out: nobody answered it.";
    private const string Left = "The request was denied: its turn was stopped.";
    private const string Denied = "The request was denied by the user.";

    /// <summary>Answers an open request.</summary>
    /// <returns>False if it was settled before.</returns>
    public async ValueTask<bool> TryAnswerAsync(SessionKey session, PendingRequest request, RequestAnswer answer, CancellationToken cancellationToken)
    {
        RequestState state = answer.IsAllowed ? RequestState.Allowed : RequestState.Denied;
        if (await requests.TrySettleAsync(session, request, state, answer, cancellationToken) is not { } settled)
        {
            return false;
        }

        try
        {
            await HandOnAsync(session, settled, cancellationToken);
            return true;
        }
        catch
        {
            // The caller is told that it failed and may answer again.
            await requests.ReopenAsync(session, settled, CancellationToken.None);
            throw;
        }
    }

    /// <summary>Denies a request that nobody answered in time. The agent is told and goes on.</summary>
    public ValueTask ExpireAsync(SessionKey session, PendingRequest request, CancellationToken cancellationToken) =>
        DenyAsync(session, request, RequestState.Expired, TimedOut, cancellationToken);

    /// <summary>Denies a request whose turn was stopped. It is noted in the conversation, and the agent does not go on.</summary>
    public ValueTask EndAsync(SessionKey session, PendingRequest request, CancellationToken cancellationToken) =>
        DenyAsync(session, request, RequestState.Ended, Left, cancellationToken);

    /// <summary>Tells the agent what settled a request. However often and by however many this is called, it is told once.</summary>
    /// <returns>The answer's place on <c>in</c>.</returns>
    public async ValueTask<long> HandOnAsync(SessionKey session, PendingRequest settled, CancellationToken cancellationToken)
    {
        RequestAnswer answer = settled.Answer!;
        bool isUnanswered = settled.State == RequestState.Ended;
        string? input = null;
        if (answer is { IsAllowed: true, UpdatedInput: { } changed } && !settled.IsQuestion)
        {
            input = settled.Id;
            await engine.State.PutAsync(new TurnInput(changed).ToPut(session, input), expectedVersion: null, cancellationToken);
        }

        var terms = new MessageTerms
        {
            IsUnanswered = isUnanswered,
            Receipt = isUnanswered ? null : settled.Id,
            Guidance = isUnanswered ? null : settled.Turn,
            Input = input,
        };
        var message = new UIMessage { Id = settled.MessageId, Role = UIMessageRole.Assistant, Parts = [Part(settled, answer)] };
        byte[] text = JsonSerializer.SerializeToUtf8Bytes(
            new { kind = "message", payload = new { chatId = session.Key, trigger = "submit-message", message } }, UIJson.Options);
        return (await engine.AppendAsync(StreamId.In(session), new AppendText(text, $"answer-{settled.Id}") { Terms = terms }, cancellationToken)).Sequence;
    }

    private async ValueTask DenyAsync(
        SessionKey session, PendingRequest request, RequestState state, string message, CancellationToken cancellationToken)
    {
        var answer = new RequestAnswer(IsAllowed: false) { Message = message };
        PendingRequest? settled = await requests.TrySettleAsync(session, request, state, answer, cancellationToken)
            ?? await requests.FindAsync(session, request.Id, cancellationToken);

        // Also one that was settled before: whoever did may have failed to tell the agent.
        if (settled?.Answer is not null)
        {
            await HandOnAsync(session, settled, cancellationToken);
        }
    }

    private static ToolPart Part(PendingRequest request, RequestAnswer answer)
    {
        if (!request.IsQuestion)
        {
            return new ToolPart(request.ToolName, request.CallId, ToolPartState.ApprovalResponded)
            {
                IsDynamic = request.IsDynamic,
                Approval = new ToolApproval(request.ApprovalId!)
                {
                    Approved = answer.IsAllowed,
                    Reason = answer.IsAllowed ? null : answer.Message ?? Denied,
                },
            };
        }

        return answer.IsAllowed
            ? new ToolPart(request.ToolName, request.CallId, ToolPartState.OutputAvailable)
            {
                IsDynamic = request.IsDynamic,
                Output = answer.UpdatedInput ?? UIJson.ToElement(new { answers = new { } }),
            }
            : new ToolPart(request.ToolName, request.CallId, ToolPartState.OutputError)
            {
                IsDynamic = request.IsDynamic,
                ErrorText = answer.Message ?? "The user did not answer.",
            };
    }
}
