namespace AgentSessions.Server;

/// <summary>Holds back the host's own report of a start that failed: a stack trace beside the one line that says what to mend.</summary>
/// <remarks>Nothing is lost by it: a failure of the start that is not expected ends the process with its whole trace.</remarks>
internal sealed class QuietStart
{
    private volatile bool _hasStarted;

    public QuietStart(ILoggingBuilder logging) => logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", level => _hasStarted && level >= LogLevel.Information);

    /// <summary>From the end of the start on everything is reported.</summary>
    public void EndsWith(IHostApplicationLifetime lifetime) => lifetime.ApplicationStarted.Register(() => _hasStarted = true);
}
