namespace AgentSessions.Agents;

/// <summary>What made a turn.</summary>
public enum TurnTrigger
{
    /// <summary>A user's message, or the answer to a question or an approval.</summary>
    SubmitMessage,

    /// <summary>The last answer is to be made again.</summary>
    RegenerateMessage,

    /// <summary>An action that edits; there is no turn yet.</summary>
    Action,

    /// <summary>A turn that an action asked for.</summary>
    ActionTurn,

    /// <summary>The run was started before there was a message.</summary>
    Preload,

    /// <summary>The first step was answered elsewhere and is handed over.</summary>
    Handover,
}

/// <summary>The wire names of triggers.</summary>
public static class TurnTriggerNames
{
    /// <summary>The name as the wire and the hooks of other languages have it, such as <c>submit-message</c>.</summary>
    public static string WireName(this TurnTrigger trigger) => trigger switch
    {
        TurnTrigger.SubmitMessage => "submit-message",
        TurnTrigger.RegenerateMessage => "regenerate-message",
        TurnTrigger.Action => "action",
        TurnTrigger.ActionTurn => "action-turn",
        TurnTrigger.Preload => "preload",
        TurnTrigger.Handover => "handover-prepare",
        _ => throw new ArgumentOutOfRangeException(nameof(trigger), trigger, null),
    };
}
