namespace AgentSessions.Cli.Terminals;

/// <summary>Asks the person at the terminal.</summary>
internal static class TerminalQuestion
{
    /// <summary>Asks yes or no; no where nobody sits there.</summary>
    public static async Task<bool> ConfirmAsync(Terminal terminal, string question, CancellationToken cancellationToken)
    {
        if (!terminal.IsInteractive)
        {
            return false;
        }

        string? answer = await AskAsync(terminal, $"{question} [y/N] ", cancellationToken);
        return answer?.Trim().ToLowerInvariant() is "y" or "yes";
    }

    /// <summary>Asks for a line; null at the end of input.</summary>
    public static Task<string?> AskAsync(Terminal terminal, string prompt, CancellationToken cancellationToken)
    {
        terminal.Error.Write(prompt);
        terminal.Error.Flush();
        return terminal.ReadLineAsync(cancellationToken);
    }
}
