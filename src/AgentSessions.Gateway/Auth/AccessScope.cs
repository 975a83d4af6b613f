namespace AgentSessions.Gateway.Auth;

/// <summary>What a token grants, parsed: <c>action:type[:id]</c> (wire document, section 2.5).</summary>
/// <param name="Action">The verb, or <c>*</c> for every one.</param>
/// <param name="Type">The kind of resource, or <c>all</c>; null for a scope of one word.</param>
/// <param name="Id">The resource's id, colons included; null grants all of the type.</param>
internal readonly record struct AccessScope(string Action, string? Type, string? Id)
{
    /// <summary>Grants everything that a token can.</summary>
    public static readonly AccessScope Administrator = new("admin", null, null);

    public static AccessScope Parse(string text)
    {
        int first = text.IndexOf(':');
        if (first < 0)
        {
            return new AccessScope(text, null, null);
        }

        int second = text.IndexOf(':', first + 1);
        return second < 0
            ? new AccessScope(text[..first], text[(first + 1)..], null)
            : new AccessScope(text[..first], text[(first + 1)..second], text[(second + 1)..]);
    }

    /// <summary>Whether this is about the action on the type at all, whatever the id.</summary>
    public bool Covers(string action, string type) =>
        this == Administrator
        || (Type is not null && (Action == action || Action == "*") && (Type == type || Type == "all"));

    /// <summary>Whether this grants the action on a resource that goes by any of these ids.</summary>
    public bool Grants(string action, string type, ReadOnlySpan<string> ids) =>
        Covers(action, type) && (Id is null || ids.Contains(Id));
}
