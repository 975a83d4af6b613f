using AgentSessions.Agents;
using AgentSessions.Gateway.Stagent.Models;
using AgentSessions.Gateway.Tests.Hosting;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Gateway.Tests.Stagent;

/// <summary>The gateway with agents that really run. It listens on loopback, so requests without a token are the local user's.</summary>
public sealed class StagentServer : GatewayServer
{
    public const string Alice = "st_live_alice_0123456789abcdef0123456789";
    public const string Bob = "st_live_bob_0123456789abcdef0123456789ab";

    /// <summary>A picture of 1000 by 2 pixels.</summary>
    public static readonly byte[] Picture = TestPng.Of(1000, 2);

    private readonly GatedAgent _gated = new();

    public StagentServer()
        : this([])
    {
    }

    internal StagentServer(params (string Name, string Value)[] settings)
        : base(
        [
            ("AgentSessions:Users:0:Id", "alice"), ("AgentSessions:Users:0:Token", Alice),
            ("AgentSessions:Users:1:Id", "bob"), ("AgentSessions:Users:1:Token", Bob),
            ("AgentSessions:Stagent:TurnLease", "00:00:02"),
            .. settings,
        ])
    {
    }

    /// <summary>What the agent <c>context</c> saw last, as <c>role:text</c>.</summary>
    internal IReadOnlyList<string> Seen { get; private set; } = [];

    /// <summary>What the model source finds, or how it fails.</summary>
    internal Func<CancellationToken, ValueTask<IReadOnlyList<ChatModel>>> Discover { get; set; } = static _ => new([]);

    internal static async Task<StagentServer> NewAsync(params (string Name, string Value)[] settings)
    {
        var server = new StagentServer(settings);
        await server.InitializeAsync();
        return server;
    }

    /// <summary>Another server over the same store: the next start, or a second node.</summary>
    internal async Task<StagentServer> NextAsync()
    {
        var server = new StagentServer { Store = Store };
        await server.InitializeAsync();
        return server;
    }

    /// <summary>Lets the agent <c>gate</c> go on with a message.</summary>
    internal void Open(string message) => _gated.Open(message);

    protected override void Configure(IServiceCollection services)
    {
        services.AddSingleton<IChatModelSource>(new TestModels(this));
        services.AddRunningAgents(this)
            .AddAgent("echo", static (turn, _) => turn.Output.WriteTextAsync($"You said: {turn.Message?.Text}").AsTask())
            .AddAgent("gate", _gated.RunAsync)
            .AddAgent("steered", SteeredAsync)
            .AddAgent(FloodAgent.Name, FloodAgent.RunAsync)
            .AddAgent("context", LookAsync)
            .AddAgent(OwnTranscripts.Agent, static (turn, _) => turn.Output.WriteTextAsync("?").AsTask(), static options => options.UseTranscriptStore<OwnTranscripts>())
            .AddCustomAgent("loop", LoopAgent.RunAsync)
            .AddAgent("permission", AskingAgents.PermissionAsync)
            .AddAgent("gated-permission", async (turn, cancellationToken) =>
            {
                await (turn.Continued is null ? _gated.RunAsync(turn, cancellationToken) : Task.CompletedTask);
                await AskingAgents.PermissionAsync(turn, cancellationToken);
            })
            .AddAgent("reader", static async (turn, cancellationToken) =>
            {
                await AskingAgents.PermissionAsync(turn, cancellationToken);
                await Task.Delay(turn.Continued is null ? TimeSpan.Zero : Timeout.InfiniteTimeSpan, cancellationToken);
            })
            .AddAgent("question", AskingAgents.ColorAsync)
            .AddAgent("picture", static (turn, cancellationToken) => turn.Output.WriteAsync(
                new FileChunk($"data:image/png;base64,{Convert.ToBase64String(Picture)}", "image/png"), cancellationToken).AsTask());
    }

    /// <summary>Takes a message into its turn once its gate is opened, and asks before it goes on.</summary>
    private async Task SteeredAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        if (turn.Continued is null)
        {
            await _gated.RunAsync(turn, cancellationToken);
            while ((await turn.TakePendingMessagesAsync(cancellationToken)).Count == 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), cancellationToken);
            }
        }

        await AskingAgents.PermissionAsync(turn, cancellationToken);
    }

    private Task LookAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        Seen = [.. turn.Messages.Select(static message => $"{message.Role}:{message.Text}")];
        return turn.Output.WriteTextAsync("Seen.", cancellationToken).AsTask();
    }

    private sealed class TestModels(StagentServer server) : IChatModelSource
    {
        public ValueTask<IReadOnlyList<ChatModel>> DiscoverAsync(CancellationToken cancellationToken) => server.Discover(cancellationToken);
    }
}
