using System.Diagnostics;
using System.Text.Json;
using AgentSessions.Client;
using AgentSessions.Gateway.Errors;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Gateway.Mcp;

/// <summary>What a call that waited for a turn answers.</summary>
/// <param name="Status"><c>completed</c>, <c>failed</c>, <c>stopped</c>, <c>waiting</c> for the user of the chat, <c>running</c>, <c>cancelled</c> or <c>idle</c>.</param>
/// <param name="Cursor">Where to read on.</param>
internal sealed record TurnAnswer(string Status, string? Cursor)
{
    /// <summary>The answer's text; null while the turn runs.</summary>
    public string? Text { get; init; }

    /// <summary>Why the turn failed.</summary>
    public string? Error { get; init; }

    /// <summary>Calls that wait for an approval or an output, to be given in the chat.</summary>
    public IReadOnlyList<WaitingCall>? WaitingFor { get; init; }

    /// <summary>Nothing is running and nothing came after the cursor.</summary>
    public static TurnAnswer Idle(TurnCursor cursor) => new("idle", cursor.ToString());

    /// <summary>What a message was answered that came once more; null if the session's newest messages do not tell.</summary>
    public static TurnAnswer? Kept(IEnumerable<UIMessage> newest, string messageId, TurnCursor end)
    {
        UIMessage? answer = newest.SkipWhile(message => message.Id != messageId).Skip(1).FirstOrDefault();
        return answer is { Role: UIMessageRole.Assistant } ? Of(answer, answer.Text, error: null, isStopped: false, end.ToString()) : null;
    }

    /// <summary>Reads a turn to its end, or for as long as asked.</summary>
    /// <exception cref="RequestRefusedException">404: its session was deleted.</exception>
    public static async Task<TurnAnswer> OfAsync(
        AgentChat chat, AgentChatStream stream, TurnWatch watch, TimeSpan wait, TimeProvider time, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(wait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        string? last = chat.LastEventId;
        Task watching = watch.EndAsync(either);
        try
        {
            AgentChatResult result = await stream.ResultAsync(either.Token);
            return Of(result.Message, result.Text, result.ErrorText, result.Stopped, chat.LastEventId);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            string status = await watch.LookAsync(cancellationToken) switch
            {
                TurnLoss.None => "running",
                TurnLoss.Cancelled => "cancelled",
                TurnLoss.Deleted => throw Refuse.NotFound("The session was deleted before it answered"),
                var loss => throw new UnreachableException($"{loss}"),
            };

            // The place before the answer, so that who reads on gets the whole of it.
            return new TurnAnswer(status, (TurnCursor.Parse(last) with { Message = stream.InputSequence }).ToString());
        }
        finally
        {
            await either.CancelAsync();
            await watching;
        }
    }

    private static TurnAnswer Of(UIMessage? message, string text, string? error, bool isStopped, string? cursor)
    {
        WaitingCall[] waiting = [.. (message?.Tools ?? [])
            .Where(static tool => tool.State is ToolPartState.ApprovalRequested or ToolPartState.InputAvailable)
            .Select(static tool => new WaitingCall(tool.ToolCallId, tool.ToolName, tool.Input))];
        string status = error is not null ? "failed" : isStopped ? "stopped" : waiting.Length > 0 ? "waiting" : "completed";
        return new TurnAnswer(status, cursor)
        {
            Text = text,
            Error = error,
            WaitingFor = waiting.Length > 0 ? waiting : null,
        };
    }
}

/// <summary>A tool call that the user has not decided on.</summary>
internal sealed record WaitingCall(string ToolCallId, string Tool, JsonElement? Input);
