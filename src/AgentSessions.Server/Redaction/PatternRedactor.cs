using System.Text.RegularExpressions;
using AgentSessions.Core.Telemetry;

namespace AgentSessions.Server.Telemetry;

/// <summary>Puts a mark in the place of whatever one of the operator's patterns matches. The patterns cannot run away: no backtracking.</summary>
internal sealed class PatternRedactor(IReadOnlyList<Regex> patterns) : ITextRedactor
{
    private const string Mark = "[redacted]";

    /// <exception cref="InvalidOperationException">A pattern is wrong; the message names its key.</exception>
    public static PatternRedactor Read(IConfigurationSection section) => new([.. section.GetChildren().Select(static child =>
    {
        try
        {
            return new Regex(child.Value ?? "", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw new InvalidOperationException($"{child.Path} must be a regular expression without look-around and back-references", exception);
        }
    })]);

    public string Redact(string text) => patterns.Aggregate(text, static (left, pattern) => pattern.Replace(left, Mark));
}
