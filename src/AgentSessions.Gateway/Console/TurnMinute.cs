namespace AgentSessions.Gateway.Console;

/// <summary>The turns that ended in one minute.</summary>
/// <param name="At">When the minute began.</param>
/// <param name="Ended">How many ended.</param>
/// <param name="Failed">How many of them failed.</param>
/// <param name="Seconds">How long they took, sorted; of very many a part.</param>
/// <param name="FirstChunks">How long, in seconds, messages waited for the first chunk of their answers; sorted, of very many a part.</param>
internal sealed record TurnMinute(DateTimeOffset At, int Ended, int Failed, IReadOnlyList<double> Seconds, IReadOnlyList<double> FirstChunks)
{
    /// <summary>The value that this part of sorted ones did not exceed; null if there are none.</summary>
    public static double? Quantile(IReadOnlyList<double> sorted, double part) =>
        sorted.Count == 0 ? null : sorted[Math.Min(sorted.Count - 1, (int)Math.Ceiling(part * sorted.Count) - 1)];
}
