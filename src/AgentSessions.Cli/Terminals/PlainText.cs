namespace AgentSessions.Cli.Terminals;

/// <summary>Text from servers and models, made safe for a terminal: it could move the cursor or rename the window otherwise.</summary>
internal static class PlainText
{
    /// <summary>Keeps line breaks and tabs, and shows any other control character as a question mark.</summary>
    public static string Safe(string text) =>
        text.Any(IsUnsafe) ? string.Concat(text.Select(static letter => IsUnsafe(letter) ? '?' : letter)) : text;

    /// <summary>One line of at most so many characters.</summary>
    public static string Line(string text, int maxLength)
    {
        string line = Safe(text).ReplaceLineEndings(" ").Replace('\t', ' ');
        return line.Length <= maxLength ? line : string.Concat(line.AsSpan(0, maxLength - 1), "…");
    }

    private static bool IsUnsafe(char letter) => char.IsControl(letter) && letter is not ('\n' or '\t' or '\r');
}
