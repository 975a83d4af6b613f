using AgentSessions.Agents;
using AgentSessions.Gateway.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Gateway.Tests.Puffle;

/// <summary>The gateway with agents that really run, and three users: two administrators and one without the right.</summary>
public sealed class PuffleServer : GatewayServer
{
    public const string Alice = "pk_live_alice_0123456789abcdef0123456789";
    public const string Bob = "pk_live_bob_0123456789abcdef0123456789ab";
    public const string Carol = "pk_live_carol_0123456789abcdef0123456789";

    private readonly GatedAgent _gated = new();

    public PuffleServer()
        : this(("AgentSessions:Puffle:RunsPerWindow", "10000"))
    {
    }

    internal PuffleServer(params (string Name, string Value)[] settings)
        : base(
        [
            ("AgentSessions:Users:0:Id", "alice"), ("AgentSessions:Users:0:Token", Alice), ("AgentSessions:Users:0:Administrator", "true"),
            ("AgentSessions:Users:1:Id", "bob"), ("AgentSessions:Users:1:Token", Bob), ("AgentSessions:Users:1:AgentApi", "true"),
            ("AgentSessions:Users:2:Id", "carol"), ("AgentSessions:Users:2:Token", Carol),
            ("AgentSessions:Puffle:AgentHeader", "true"),
            .. settings,
        ])
    {
    }

    /// <summary>What the agent <c>context</c> saw last.</summary>
    internal IReadOnlyList<string> Seen { get; private set; } = [];

    internal static async Task<PuffleServer> NewAsync(params (string Name, string Value)[] settings)
    {
        var server = new PuffleServer(settings);
        await server.InitializeAsync();
        return server;
    }

    internal void Open(string message) => _gated.Open(message);

    protected override void Configure(IServiceCollection services)
    {
        services.AddRunningAgents(this)
            .AddAgent("echo", static (turn, _) => turn.Output.WriteTextAsync($"You said: {turn.Message?.Text}").AsTask())
            .AddAgent("gate", _gated.RunAsync)
            .AddAgent(FloodAgent.Name, FloodAgent.RunAsync)
            .AddAgent("context", LookAsync)
            .AddAgent(OwnTranscripts.Agent, static (turn, _) => turn.Output.WriteTextAsync("?").AsTask(), static options => options.UseTranscriptStore<OwnTranscripts>())
            .AddCustomAgent("loop", LoopAgent.RunAsync)
            .AddAgent("permission", AskingAgents.PermissionAsync)
            .AddAgent("twice", AskingAgents.TwiceAsync)
            .AddAgent("question", AskingAgents.QuestionAsync)
            .AddAgent("fail", static async (turn, _) =>
            {
                await turn.Output.WriteTextAsync("so far ");
                throw new AgentUserException("boom");
            });
    }

    private Task LookAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        Seen = [.. turn.Messages.Select(static message => $"{message.Role}:{message.Text}")];
        return turn.Output.WriteTextAsync(string.Join("|", turn.UIMessages.Select(static message => message.Text)), cancellationToken).AsTask();
    }
}
