using System.Threading.Channels;
using AgentSessions.Gateway.Tests.Hosting;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Gateway.Tests.Attachments;

/// <summary>A server whose agent tells the test what the model would be given.</summary>
public sealed class AttachmentServer : GatewayServer
{
    private readonly Channel<IReadOnlyList<AIContent>> _seen = Channel.CreateUnbounded<IReadOnlyList<AIContent>>();

    public AttachmentServer()
        : base(("AgentSessions:Documents:MaxBytes", "2048"), ("AgentSessions:Documents:MaxPerSession", "3"), ("AgentSessions:Documents:MaxCount", "1"))
    {
    }

    /// <summary>Everything of the conversation that the next turn was given.</summary>
    internal ValueTask<IReadOnlyList<AIContent>> NextAsync(CancellationToken cancellationToken) => _seen.Reader.ReadAsync(cancellationToken);

    protected override void Configure(IServiceCollection services) => services.AddRunningAgents(this).AddAgent("echo", async (turn, cancellationToken) =>
    {
        _seen.Writer.TryWrite([.. turn.Messages.SelectMany(static message => message.Contents)]);
        await turn.Output.WriteTextAsync("seen", cancellationToken);
    });
}
