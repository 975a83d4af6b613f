namespace AgentSessions.Agents;

/// <summary>The budgets of a server. Also read from configuration section <see cref="Section"/>; without limits nothing is counted.</summary>
/// <remarks>
/// <para>Before each model call its estimated input and its largest output are reserved, in the store and for every process at once; afterwards
/// what it really used takes the place of that. What would exceed a limit is not begun: the turn ends with a <see cref="BudgetExceededException"/>.</para>
/// <para>A sub-agent's use counts against the turn and session of its parent as well, and against the same user.</para>
/// <para>Tokens of models that an author calls without <c>RespondAsync</c> or <c>StreamAsync</c> are not seen.</para>
/// </remarks>
public sealed class BudgetOptions
{
    /// <summary>The configuration section: <c>AgentSessions:Budgets</c>.</summary>
    public const string Section = "AgentSessions:Budgets";

    /// <summary>The name of the price of models that have none of their own.</summary>
    public const string AnyModel = "*";

    /// <summary>For each turn. An agent's own <see cref="AgentOptions.TurnBudget"/> can only make it stricter.</summary>
    public BudgetLimits Turn { get; set; } = new();

    /// <summary>For each session. An agent's own <see cref="AgentOptions.SessionBudget"/> can only make it stricter.</summary>
    public BudgetLimits Session { get; set; } = new();

    /// <summary>For each user: the <c>userId</c> of a session's metadata as the secret key wrote it. Sessions without one have no user.</summary>
    public BudgetLimits User { get; set; } = new();

    /// <summary>For each environment.</summary>
    public BudgetLimits Environment { get; set; } = new();

    /// <summary>Prices by the model's id as it is called, or <see cref="AnyModel"/>. All in one currency.</summary>
    public IDictionary<string, TokenPrice> Prices { get; } = new Dictionary<string, TokenPrice>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The largest output of a call that does not say its own. Such calls are made with it. Default 4096 tokens.</summary>
    public int DefaultMaxOutputTokens { get; set; } = 4096;
}
