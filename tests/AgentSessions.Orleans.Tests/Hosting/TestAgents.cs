using AgentSessions.Agents;

namespace AgentSessions.Orleans.Tests.Hosting;

/// <summary>Agents for these tests.</summary>
internal static class TestAgents
{
    /// <summary>How long <c>slow</c> takes for each of its 20 words.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);

    public static AgentSessionsBuilder AddTestAgents(this AgentSessionsBuilder agents) => agents
        .AddAgent("echo", static (turn, cancellationToken) => turn.Output.WriteTextAsync($"echo {turn.Message?.Text}", cancellationToken).AsTask())
        .AddAgent("slow", static async (turn, cancellationToken) =>
        {
            for (int i = 0; i < 20; i++)
            {
                await turn.Output.WriteTextAsync($"{i} ", cancellationToken);
                await Task.Delay(Pace, cancellationToken);
            }
        });
}
