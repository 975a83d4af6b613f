using System.Globalization;

namespace AgentSessions.Orleans.Calls;

/// <summary>What all copies of one call have in common, and when this one was sent. It travels beside the call, also over detours and nodes of older versions.</summary>
/// <param name="Id">The call.</param>
/// <param name="SentAt">By the sender's clock, or by that of the session's node once that has told.</param>
internal readonly record struct CallMark(Guid Id, DateTimeOffset SentAt)
{
    private const string Name = "agent-sessions.call";

    /// <summary>Marks what the caller calls from here on.</summary>
    public void Attach() => RequestContext.Set(Name, string.Create(CultureInfo.InvariantCulture, $"{Id:N}{SentAt.ToUnixTimeMilliseconds()}"));

    /// <summary>The mark of the call that is being answered; what that calls itself has none. Null if an older version has sent it.</summary>
    public static CallMark? Take()
    {
        const int IdLength = 32;
        if (RequestContext.Get(Name) is not string { Length: > IdLength } mark)
        {
            return null;
        }

        RequestContext.Remove(Name);
        long sentAt = long.Parse(mark.AsSpan(IdLength), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return new CallMark(Guid.ParseExact(mark.AsSpan(0, IdLength), "N"), DateTimeOffset.FromUnixTimeMilliseconds(sentAt));
    }
}
