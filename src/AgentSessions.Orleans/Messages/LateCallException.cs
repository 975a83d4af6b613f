namespace AgentSessions.Orleans.Messages;

/// <summary>By the clock of the session's node the call was sent too long ago. Whoever still waits repeats it by that clock. Nothing was done.</summary>
[GenerateSerializer, Alias("AgentSessions.LateCall")]
internal sealed class LateCallException(DateTimeOffset now) : OrleansException("The call came too late")
{
    /// <summary>The time on the session's node.</summary>
    [Id(0)]
    public DateTimeOffset Now { get; } = now;
}
