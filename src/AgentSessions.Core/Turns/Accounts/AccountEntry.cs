namespace AgentSessions.Core.Turns.Accounts;

/// <summary>One call in a turn.</summary>
/// <param name="Kind">What was called.</param>
/// <param name="Name">The hook, the tool, or the model if it said its name.</param>
/// <param name="At">When it began, in milliseconds of Unix time.</param>
/// <param name="Milliseconds">How long it took.</param>
/// <param name="HasFailed">Whether it threw.</param>
public sealed record AccountEntry(AccountKind Kind, string Name, long At, double Milliseconds, bool HasFailed)
{
    /// <summary>Tokens a model read.</summary>
    public long InputTokens { get; init; }

    /// <summary>Tokens a model wrote.</summary>
    public long OutputTokens { get; init; }
}

/// <summary>The kinds of <see cref="AccountEntry"/>. Their names are stored.</summary>
public enum AccountKind
{
    /// <summary>A hook of the agent.</summary>
    Hook,

    /// <summary>A model call.</summary>
    Model,

    /// <summary>A tool call.</summary>
    Tool,
}
