using AgentSessions.Core.Recordings;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Testing;

/// <content>Recorded sessions as tests.</content>
public sealed partial class AgentTestHost
{
    /// <summary>Records the session as it is stored now.</summary>
    public async Task<SessionRecording> RecordSessionAsync() => (await SessionRecording.CaptureAsync(_stored, _session, CancellationToken.None))!;

    /// <summary>
    /// Sends a recorded session's questions to this host's agent, with a model that replies as it was recorded, and compares the answers. Tools really
    /// run; approvals and answers to questions are given as they were.
    /// </summary>
    /// <remarks>Use a host that has not been sent anything. A model call beyond the recorded ones fails its turn and shows as a difference.</remarks>
    public async Task<ReplayResult> ReplayAsync(SessionRecording recording)
    {
        var turns = new List<ReplayedTurn>();
        foreach (UIMessage answer in recording.Transcript.Where(static message => message.Role == UIMessageRole.Assistant))
        {
            foreach (var reply in RecordedReplies.Of(answer))
            {
                Model.Updates(reply);
            }
        }

        for (int i = 0; i < recording.Transcript.Count; i++)
        {
            UIMessage question = recording.Transcript[i];
            if (question.Role == UIMessageRole.User)
            {
                UIMessage? recorded = recording.Transcript.ElementAtOrDefault(i + 1) is { Role: UIMessageRole.Assistant } next ? next : null;
                turns.Add(await ReplayAsync(question, recorded));
            }
        }

        return new ReplayResult(turns, Model.Remaining);
    }

    private async Task<ReplayedTurn> ReplayAsync(UIMessage question, UIMessage? recorded)
    {
        TestTurn turn = await SendAsync(question);
        while (turn.ErrorText is null && turn.Message is { } answer && Decided(answer, recorded) is { } decided)
        {
            turn = await SendAsync(Slim(answer, decided));
        }

        return new ReplayedTurn(question, recorded, turn.Message, turn.ErrorText);
    }

    /// <summary>What was decided of a call that waits for the user; null if none waits, or nothing was decided.</summary>
    private static ToolPart? Decided(UIMessage answer, UIMessage? recorded)
    {
        foreach (ToolPart call in answer.Tools)
        {
            ToolPart? before = recorded?.Tools.FirstOrDefault(other => other.ToolCallId == call.ToolCallId);
            switch (call.State)
            {
                case ToolPartState.ApprovalRequested when before?.Approval?.Approved is { } approved:
                    return call with
                    {
                        State = ToolPartState.ApprovalResponded,
                        Approval = new ToolApproval(call.Approval!.Id) { Approved = approved, Reason = before.Approval.Reason },
                    };
                case ToolPartState.InputAvailable when before is { State: ToolPartState.OutputAvailable, Output: { } output }:
                    return call with { State = ToolPartState.OutputAvailable, Output = output };
            }
        }

        return null;
    }
}
