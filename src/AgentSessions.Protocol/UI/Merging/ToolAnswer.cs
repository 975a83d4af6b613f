namespace AgentSessions.Protocol.UI;

internal enum ToolAnswerVerdict
{
    /// <summary>The stored call takes the answer.</summary>
    Advances,

    SaysNothingNew,

    /// <summary>The same approval answer once more, after the call has ended. Harmless beside news, else refused.</summary>
    RepeatsAfterTheEnd,

    /// <summary>Answers an approval the stored call does not have.</summary>
    NotAsked,

    /// <summary>Answers an approval otherwise than before.</summary>
    Contradicts,
}

/// <summary>Judges what a client says about one tool call against the stored part.</summary>
internal readonly record struct ToolAnswer(ToolAnswerVerdict Verdict, ToolPart? Part = null)
{
    private static readonly ToolAnswer NothingNew = new(ToolAnswerVerdict.SaysNothingNew);

    public static ToolAnswer Judge(ToolPart? stored, ToolPart answer) => answer.State switch
    {
        ToolPartState.ApprovalResponded => Approval(stored, answer),
        ToolPartState.OutputDenied => stored is null ? NothingNew : Denial(stored, answer),
        ToolPartState.OutputAvailable or ToolPartState.OutputError => stored is null ? NothingNew : Result(stored, answer),
        _ => NothingNew,
    };

    private static ToolAnswer Approval(ToolPart? stored, ToolPart answer)
    {
        if (stored?.Approval is not { } asked || answer.Approval is not { Approved: { } approved } verdict || asked.Id != verdict.Id)
        {
            return new(ToolAnswerVerdict.NotAsked);
        }

        if (stored.State == ToolPartState.ApprovalRequested)
        {
            return Advance(stored with { State = ToolPartState.ApprovalResponded, Approval = Answered(asked, approved, verdict.Reason) });
        }

        if (asked.Approved != approved)
        {
            return new(ToolAnswerVerdict.Contradicts);
        }

        return stored.State == ToolPartState.ApprovalResponded ? NothingNew : new(ToolAnswerVerdict.RepeatsAfterTheEnd);
    }

    private static ToolAnswer Denial(ToolPart stored, ToolPart answer)
    {
        if (stored.IsTerminal)
        {
            return NothingNew;
        }

        if (stored.Approval is not { } asked)
        {
            return answer.Approval is null
                ? Advance(stored with { State = ToolPartState.OutputDenied })
                : new(ToolAnswerVerdict.NotAsked);
        }

        if (answer.Approval is { } verdict && (verdict.Id != asked.Id || verdict.Approved is true))
        {
            return new(ToolAnswerVerdict.NotAsked);
        }

        return asked.Approved is true
            ? new(ToolAnswerVerdict.Contradicts)
            : Advance(stored with
            {
                State = ToolPartState.OutputDenied,
                Approval = Answered(asked, approved: false, answer.Approval?.Reason ?? asked.Reason),
            });
    }

    private static ToolAnswer Result(ToolPart stored, ToolPart answer)
    {
        // A result must not stand in for the user's yes: while the approval is open or denied there cannot be one.
        bool barred = stored.State == ToolPartState.ApprovalRequested || stored.Approval?.Approved is false;
        if (stored.IsTerminal || barred || !answer.IsTerminal)
        {
            return NothingNew;
        }

        return answer.State == ToolPartState.OutputAvailable
            ? Advance(stored with
            {
                State = answer.State,
                Output = answer.Output ?? UIJson.Null,
                ErrorText = null,
                Preliminary = null,
            })
            : Advance(stored with
            {
                State = answer.State,
                Output = null,
                ErrorText = answer.ErrorText ?? "",
                Preliminary = null,
            });
    }

    private static ToolApproval Answered(ToolApproval asked, bool approved, string? reason) =>
        asked with { Approved = approved, Reason = reason };

    private static ToolAnswer Advance(ToolPart part) => new(ToolAnswerVerdict.Advances, part);
}
