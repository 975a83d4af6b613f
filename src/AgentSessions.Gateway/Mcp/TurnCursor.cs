using System.Globalization;

namespace AgentSessions.Gateway.Mcp;

/// <summary>Where a caller reads on, and which message's answer it waits for: <c>206</c>, or <c>206:17</c>. Opaque to callers.</summary>
/// <param name="Out">The last record of <c>out</c> that was seen; null to begin with the first that is kept.</param>
/// <param name="Message">The message's sequence on <c>in</c>; null for whatever turn comes next.</param>
internal readonly record struct TurnCursor(long? Out, long? Message = null)
{
    /// <summary>Reads a cursor. As everywhere, what is no number is the beginning.</summary>
    public static TurnCursor Parse(string? text)
    {
        int colon = text?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        return colon < 0 ? new(Number(text)) : new(Number(text.AsSpan(0, colon)), Number(text.AsSpan(colon + 1)));
    }

    public override string ToString() =>
        Message is { } message ? string.Create(CultureInfo.InvariantCulture, $"{Out}:{message}") : Out?.ToString(CultureInfo.InvariantCulture) ?? "";

    private static long? Number(ReadOnlySpan<char> digits) =>
        long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;
}
