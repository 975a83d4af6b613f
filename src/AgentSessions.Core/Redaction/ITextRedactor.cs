namespace AgentSessions.Core.Redaction;

/// <summary>Takes out of a text what must not be kept. A host registers any number as services; without one nothing is looked at.</summary>
/// <remarks>
/// Asked for every text before it is stored, exported or put into a trace, by many threads at once. Asking twice must change nothing more, and
/// what takes a match's place should not be longer than 64 characters.
/// </remarks>
public interface ITextRedactor
{
    /// <summary>The text to keep in its place. Must not throw.</summary>
    string Redact(string text);
}
