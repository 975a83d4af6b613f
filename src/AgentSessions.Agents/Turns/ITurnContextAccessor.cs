namespace AgentSessions.Agents;

/// <summary>Gives the turn to code that is called inside one and has no parameter for it, such as a tool's method.</summary>
public interface ITurnContextAccessor
{
    /// <summary>The turn this code runs in.</summary>
    /// <exception cref="InvalidOperationException">It runs in none.</exception>
    TurnContext Turn { get; }
}

internal sealed class TurnContextAccessor : ITurnContextAccessor
{
    private static readonly AsyncLocal<TurnContext?> _current = new();

    public TurnContext Turn => _current.Value ?? throw new InvalidOperationException("This code does not run in a turn.");

    /// <summary>Makes a turn the current one for everything this flow of execution calls.</summary>
    public static void Enter(TurnContext turn) => _current.Value = turn;
}
