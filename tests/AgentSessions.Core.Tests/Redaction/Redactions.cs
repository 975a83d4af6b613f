using AgentSessions.Core.Redaction;

namespace AgentSessions.Core.Tests.Redaction;

/// <summary>A host that redacts fixed texts, or none.</summary>
internal sealed class Redactions(params string[] secrets) : IServiceProvider
{
    public static TextRedaction Of(string secret) => TextRedaction.Of(new Redactions(secret))!;

    public object? GetService(Type serviceType) =>
        serviceType == typeof(IEnumerable<ITextRedactor>) ? secrets.Select(static secret => new Fixed(secret)).ToArray<ITextRedactor>() : null;

    private sealed class Fixed(string secret) : ITextRedactor
    {
        public string Redact(string text) => text.Replace(secret, "[gone]", StringComparison.Ordinal);
    }
}
