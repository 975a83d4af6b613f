using System.Text.Json;
using AgentSessions.Core;
using AgentSessions.Core.Sessions;
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
        if (!await requests.TrySettleAsync(session, request, answer.IsAllowed ? RequestState.Allowed : RequestState.Denied, cancellationToken))
        {
            return false;
        }

        try
        {
            string? input = null;
            if (answer is { IsAllowed: true, UpdatedInput: { } changed } && !request.IsQuestion)
            {
                input = request.Id;
                await engine.State.PutAsync(new TurnInput(changed).ToPut(session, input), expectedVersion: null, cancellationToken);
            }

            await AppendAsync(session, request, answer, new TurnTerms { Receipt = request.Id, Input = input, Guidance = request.Turn }, cancellationToken);
            return true;
        }
        catch
        {
            await requests.ReopenAsync(session, request, CancellationToken.None);
            throw;
        }
    }

    /// <summary>Denies a request that nobody answered in time. The agent is told and goes on.</summary>
    public async ValueTask ExpireAsync(SessionKey session, PendingRequest request, CancellationToken cancellationToken)
    {
        if (await requests.TrySettleAsync(session, request, RequestState.Expired, cancellationToken))
        {
            var answer = new RequestAnswer(IsAllowed: false) { Message = TimedOut };
            await AppendAsync(session, request, answer, new TurnTerms { Receipt = request.Id, Guidance = request.Turn }, cancellationToken);
        }
    }

    /// <summary>Denies a request whose turn was stopped. It is noted in the conversation, and the agent does not go on.</summary>
    public async ValueTask EndAsync(SessionKey session, PendingRequest request, CancellationToken cancellationToken)
    {
        if (await requests.TrySettleAsync(session, request, RequestState.Ended, cancellationToken))
        {
            var answer = new RequestAnswer(IsAllowed: false) { Message = Left };
            await AppendAsync(session, request, answer, new TurnTerms { IsUnanswered = true }, cancellationToken);
        }
    }

    private async ValueTask AppendAsync(
        SessionKey session, PendingRequest request, RequestAnswer answer, TurnTerms terms, CancellationToken cancellationToken)
    {
        var message = new UIMessage { Id = request.MessageId, Role = UIMessageRole.Assistant, Parts = [Part(request, answer)] };
        byte[] text = JsonSerializer.SerializeToUtf8Bytes(
            new { kind = "message", payload = new { chatId = session.Key, trigger = "submit-message", message } }, UIJson.Options);
        await engine.AppendAsync(StreamId.In(session), new AppendText(text, $"answer-{request.Id}") { Terms = terms }, cancellationToken);
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

/// <summary>What the user said.</summary>
/// <param name="IsAllowed">Yes, or no.</param>
internal sealed record RequestAnswer(bool IsAllowed)
{
    /// <summary>For the agent, with a no; null for the usual words.</summary>
    public string? Message { get; init; }

    /// <summary>The input to run with in place of the tool's own, or the answers to a question.</summary>
    public JsonElement? UpdatedInput { get; init; }
}
