namespace AgentSessions.Gateway.Console;

/// <summary>The turns that ended in one minute.</summary>
/// <param name="At">When the minute began.</param>
/// <param name="Ended">How many ended.</param>
/// <param name="Failed">How many of them failed.</param>
/// <param name="Seconds">How long they took, sorted; of very many a part.</param>
internal sealed record TurnMinute(DateTimeOffset At, int Ended, int Failed, IReadOnlyList<double> Seconds)
{
    /// <summary>The duration that this part of the turns did not exceed; null if there were none.</summary>
    public double? Quantile(double part) =>
        Seconds.Count == 0 ? null : Seconds[Math.Min(Seconds.Count - 1, (int)Math.Ceiling(part * Seconds.Count) - 1)];
}
