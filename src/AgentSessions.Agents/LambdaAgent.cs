namespace AgentSessions.Agents;

/// <summary>An agent that is one delegate.</summary>
internal sealed class LambdaAgent(Func<TurnContext, CancellationToken, Task> run) : ChatAgent
{
    protected override Task RunAsync(TurnContext turn, CancellationToken cancellationToken) => run(turn, cancellationToken);
}
