namespace AgentSessions.Cli.Errors;

/// <summary>An expected failure: one line for the user, one code for the script.</summary>
/// <param name="exitCode">One of <see cref="ExitCode"/>.</param>
/// <param name="message">Safe to show; holds no secret.</param>
internal sealed class CliException(int exitCode, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
