using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Terms;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Gateway.Puffle.Turns;

/// <summary>A turn that is to be put into a session's queue.</summary>
/// <param name="Message">What it answers.</param>
/// <param name="Terms">What holds for it.</param>
internal sealed record NewTurn(UIMessage Message, MessageTerms Terms)
{
    /// <summary>What came before it, for this turn alone; null for nothing.</summary>
    public TurnPreface? Preface { get; init; }

    /// <summary>A hint for the agent; null for none.</summary>
    public string? CurrentPage { get; init; }

    /// <summary>Names the record where it may be taken only once; null for the name of its receipt.</summary>
    public string? PartId { get; init; }
}
