namespace AgentSessions.Cli.Errors;

/// <summary>What a command's end tells a script.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>The server refused for a reason of its own, or the turn failed, or a load test saw errors.</summary>
    public const int Failed = 1;

    /// <summary>The command line or a setting is wrong.</summary>
    public const int Usage = 2;

    /// <summary>The server could not be reached, or its answer did not arrive.</summary>
    public const int Unreachable = 3;

    /// <summary>The credential is missing, wrong, or does not grant this.</summary>
    public const int Denied = 4;

    /// <summary>No such session, run or agent.</summary>
    public const int NotFound = 5;

    /// <summary>The session is closed or expired.</summary>
    public const int Closed = 6;

    /// <summary>Left with Ctrl-C, as shells count it.</summary>
    public const int Interrupted = 130;
}
