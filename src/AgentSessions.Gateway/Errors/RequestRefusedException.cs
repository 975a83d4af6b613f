namespace AgentSessions.Gateway.Errors;

/// <summary>A request that cannot be served as it is. Thrown before anything is changed or answered.</summary>
internal sealed class RequestRefusedException(Problem problem) : Exception(problem.Error)
{
    public Problem Problem { get; } = problem;
}
