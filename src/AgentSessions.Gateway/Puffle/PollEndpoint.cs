using AgentSessions.Core;
using AgentSessions.Core.Sessions.Terms;
using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Errors;
using AgentSessions.Gateway.Puffle.Answers;
using AgentSessions.Gateway.Puffle.Turns;
using AgentSessions.Gateway.Users;
using AgentSessions.Protocol.UI;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Puffle;

/// <summary><c>GET /api/agent/chat/{runId}</c>: how far a run has come, and its result. Any node can tell, from what is stored.</summary>
internal sealed class PollEndpoint(ISessionEngine engine, PuffleGate gate, RunStore runs, PuffleConversations conversations, LostTurns lost)
{
    private const string Completed = "completed";
    private const string Failed = "failed";
    private const string Cancelled = "cancelled";

    public async Task GetAsync(HttpContext context)
    {
        GatewayUser user = await gate.AdmitAsync(context);
        string id = PathSegment.Get(context, "run");
        if (!RunIds.IsWellFormed(id))
        {
            throw Refuse.BadRequest("A run id starts with run_ and has letters, digits, _ and - only", "runId");
        }

        CancellationToken aborted = context.RequestAborted;
        PuffleRun run = await runs.FindAsync(user.Environment, user.Id, id, aborted) ?? throw NotFound();
        TurnReceipt? receipt = await ReceiptAsync(run, aborted);
        bool isLost = false;
        if (run.Ended is null && receipt?.State is (null or TurnState.Running) && await lost.AreInAsync(run.SessionKey, aborted))
        {
            // It may have been answered, and its session closed, since the first look.
            isLost = true;
            receipt = await ReceiptAsync(run, aborted);
        }

        string status = run.Ended ?? StatusOf(receipt, isLost);
        if (run.Ended is null && status is Completed or Failed or Cancelled)
        {
            run = await runs.EndAsync(run, status, receipt?.Error, aborted);
            status = run.Ended!;
        }

        // Its conversation was deleted, and the result with it.
        RunResult? result = status != Completed ? null : await ResultAsync(run, receipt ?? throw NotFound(), aborted);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, (run, status, result), static (json, answer) =>
        {
            json.WriteStartObject();
            json.WriteString("runId"u8, answer.run.Id);
            json.WriteString("status"u8, answer.status);
            answer.result?.WriteFields(json);
            if (answer.status == Failed)
            {
                json.WriteString("error"u8, answer.run.Error ?? "The run failed");
            }

            json.WriteEndObject();
        });
    }

    private ValueTask<TurnReceipt?> ReceiptAsync(PuffleRun run, CancellationToken cancellationToken) =>
        TurnReceipt.FindAsync(engine.State, run.Environment, run.Id, cancellationToken);

    private static string StatusOf(TurnReceipt? receipt, bool isLost) => receipt?.State switch
    {
        TurnState.Completed => Completed,
        TurnState.Failed => Failed,
        TurnState.Stopped => Cancelled,
        _ when isLost => Cancelled,
        TurnState.Running => "running",
        _ => "queued",
    };

    private async ValueTask<RunResult> ResultAsync(PuffleRun run, TurnReceipt receipt, CancellationToken cancellationToken)
    {
        IReadOnlyList<UIMessage> stored = await conversations.ReadAsync(run.SessionKey, limit: null, cancellationToken);
        return RunResult.Of(stored, receipt);
    }

    private static RequestRefusedException NotFound() => Refuse.NotFound("Run not found");
}
