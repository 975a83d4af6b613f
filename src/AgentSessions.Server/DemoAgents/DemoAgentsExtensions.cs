using AgentSessions.Agents;

namespace AgentSessions.Server.DemoAgents;

/// <summary>The agents of the wire document's appendix A and those that the chat APIs are tried with: small, deterministic, without a model; and <c>assistant</c>, with one.</summary>
internal static class DemoAgentsExtensions
{
    /// <summary>Registers them all.</summary>
    public static AgentSessionsBuilder AddDemoAgents(this AgentSessionsBuilder agents) => agents
        .AddAgent("echo", EchoAgent.RunAsync, options =>
        {
            Warm(options);
            options.OnAction = EchoAgent.OnActionAsync;
        })
        .AddAgent("context", ContextAgent.RunAsync, Warm)
        .AddAgent("idle", ContextAgent.RunAsync, options =>
        {
            Warm(options);
            options.OnTurnComplete = static (turn, _) =>
            {
                turn.EndRun();
                return Task.CompletedTask;
            };
        })
        .AddAgent("tools", ToolsAgent.RunAsync, Warm)
        .AddAgent("slow", SlowAgent.RunAsync, Warm)
        .AddAgent("pause", SlowAgent.PauseAsync, Warm)
        .AddAgent("big", static (turn, _) => turn.Output.WriteTextAsync(new string('x', Math.Clamp(Number(turn), 0, 900_000))).AsTask(), Warm)
        .AddAgent("fail", FailAgent.RunAsync, Warm)
        .AddAgent("upgrade", UpgradeAgent.RunAsync, options =>
        {
            Warm(options);
            options.OnTurnStart = UpgradeAgent.OnTurnStartAsync;
        })
        .AddAgent("approval", ApprovalAgent.RunAsync, Warm)
        .AddAgent("permission", PermissionAgent.RunAsync, Warm)
        .AddAgent("question", QuestionAgent.RunAsync, Warm)
        .AddAgent("closer", CloserAgent.RunAsync, Warm)
        .AddAgent("handover", HandoverAgent.RunAsync, Warm)
        .AddAgent("tour", TourAgent.RunAsync, Warm)
        .AddAgent("load", LoadAgent.RunAsync, Warm)
        .AddAgent<AssistantAgent>("assistant", options =>
        {
            Warm(options);
            AssistantAgent.Configure(options);
        });

    /// <summary>Long enough for a person, or a test suite, to come back to the same run.</summary>
    private static void Warm(AgentOptions options) => options.IdleTimeout = TimeSpan.FromSeconds(300);

    private static int Number(TurnContext turn) => int.TryParse(turn.Message?.Text, out int number) ? number : 0;
}
