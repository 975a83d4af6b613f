using System.Text.RegularExpressions;
using AgentSessions.Core.Redaction;

namespace AgentSessions.Server.Redaction;

/// <summary>Puts a mark in the place of whatever one of the operator's patterns matches. The patterns cannot run away: no backtracking.</summary>
internal sealed class PatternRedactor(IReadOnlyList<Regex> patterns) : ITextRedactor
{
    private const string Mark = "[redacted]";

    /// <summary>Null if the section has no pattern.</summary>
    /// <exception cref="InvalidOperationException">A pattern is wrong, or would match its own mark; the message names its key.</exception>
    public static PatternRedactor? Read(IConfigurationSection section)
    {
        Regex[] patterns = [.. section.GetChildren().Select(Pattern)];
        return patterns.Length == 0 ? null : new PatternRedactor(patterns);
    }

    public string Redact(string text) => patterns.Aggregate(text, static (left, pattern) => pattern.Replace(left, Mark));

    private static Regex Pattern(IConfigurationSection key)
    {
        try
        {
            var pattern = new Regex(key.Value ?? "", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            return pattern.IsMatch(Mark) ? throw new InvalidOperationException($"{key.Path} must not match {Mark}, nor a text without anything in it") : pattern;
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw new InvalidOperationException($"{key.Path} must be a regular expression without look-around and back-references", exception);
        }
    }
}
