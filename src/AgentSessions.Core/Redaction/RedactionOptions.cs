namespace AgentSessions.Core.Redaction;

/// <summary>How streamed text is looked at. Only used while an <see cref="ITextRedactor"/> is registered.</summary>
public sealed class RedactionOptions
{
    /// <summary>The configuration section: <c>AgentSessions:Redaction</c>.</summary>
    public const string Section = "AgentSessions:Redaction";

    /// <summary>The largest <see cref="HoldBackCharacters"/>.</summary>
    public const int MaxHoldBackCharacters = 4096;

    /// <summary>
    /// How many characters of an answer wait for what follows them, so that a match that comes in pieces is still seen whole. Readers get an
    /// answer's text this much later. Default 64; 0 to 4096. What is longer than this is found only if it comes in one piece.
    /// </summary>
    public int HoldBackCharacters { get; init; } = 64;
}
