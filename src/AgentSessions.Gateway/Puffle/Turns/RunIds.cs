using System.Globalization;

namespace AgentSessions.Gateway.Puffle.Turns;

/// <summary>Ids of runs: <c>run_</c> and a UUID of version 7, so that their order is that of time.</summary>
internal static class RunIds
{
    public const string Prefix = "run_";

    /// <summary>The length of our own ids.</summary>
    public const int Length = 36;

    private const int MaxLength = 100;
    private const int TimeDigits = 12;

    private static readonly long _latest = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    public static string New(DateTimeOffset now) => $"{Prefix}{Guid.CreateVersion7(now):N}";

    /// <summary>Whether a text can be a run's id at all.</summary>
    public static bool IsWellFormed(string id) =>
        id.Length <= MaxLength && id.StartsWith(Prefix, StringComparison.Ordinal)
        && id.AsSpan(Prefix.Length).IndexOfAnyExcept("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") < 0;

    /// <summary>When a run of ours was accepted; null for another id.</summary>
    public static DateTimeOffset? TimeOf(string id) =>
        id.Length == Length
        && long.TryParse(id.AsSpan(Prefix.Length, TimeDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long milliseconds)
        && milliseconds <= _latest
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : null;
}
