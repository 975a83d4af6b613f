namespace AgentSessions.Core.Sessions;

/// <summary>Names one session: its environment and its canonical key.</summary>
/// <remarks>
/// The canonical key is the caller's external id if the session has one, else its friendly id (wire document, section 1). Streams, locks
/// and idempotency are keyed on it, so both URL forms of a session meet. Equal keys in two environments share nothing.
/// </remarks>
/// <param name="Environment">The environment's id, never empty.</param>
/// <param name="Key">The external id or <c>session_…</c>, 1 to 256 characters.</param>
public readonly record struct SessionKey(string Environment, string Key)
{
    /// <summary>What every friendly id starts with and no external id may.</summary>
    public const string FriendlyPrefix = "session_";

    /// <summary>Whether the key is a friendly id.</summary>
    public bool IsFriendly => Key.StartsWith(FriendlyPrefix, StringComparison.Ordinal);

    /// <summary>The environment is left out: few keys are in two of them, and this is taken several times for each commit.</summary>
    public override int GetHashCode() => Key.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => $"{Environment}/{Key}";
}
