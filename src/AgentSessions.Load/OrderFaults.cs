namespace AgentSessions.Load;

/// <summary>How a stream differed from each number once, in order.</summary>
/// <param name="Lost">Numbers that never came.</param>
/// <param name="Repeated">Numbers that came again.</param>
/// <param name="Reordered">Numbers that came after a higher one.</param>
public readonly record struct OrderFaults(long Lost, long Repeated, long Reordered)
{
    /// <summary>Whether every number came once and in order.</summary>
    public bool None => this == default;

    /// <summary>The faults of two streams together.</summary>
    public static OrderFaults operator +(OrderFaults left, OrderFaults right) =>
        new(left.Lost + right.Lost, left.Repeated + right.Repeated, left.Reordered + right.Reordered);
}
