namespace AgentSessions.Models.OpenAI;

/// <summary>Names as the API takes them: 1 to 64 letters, digits, <c>_</c> and <c>-</c>.</summary>
internal static class Names
{
    private const int MaxLength = 64;

    public static string Fit(string? name, string otherwise)
    {
        if (string.IsNullOrEmpty(name))
        {
            return otherwise;
        }

        string fit = string.Concat(name.Take(MaxLength).Select(c => IsAllowed(c) ? c : '_'));
        return fit.Trim('_').Length == 0 ? otherwise : fit;
    }

    public static bool IsValid(string? name) => name is { Length: > 0 and <= MaxLength } && name.All(IsAllowed);

    private static bool IsAllowed(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-';
}
