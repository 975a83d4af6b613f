using System.Collections.Concurrent;
using AgentSessions.Gateway.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Gateway.Tests.Hostile;

/// <summary>A gateway whose log is watched for secrets.</summary>
public sealed class HostileServer : GatewayServer
{
    private const string WebhookSecret = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    public HostileServer()
        : base(
            ("AgentSessions:Users:0:Id", "mallory"), ("AgentSessions:Users:0:Token", HostileRequests.User), ("AgentSessions:Users:0:AgentApi", "true"),
            ("AgentSessions:Stagent:Auth", "Bearer"), ("AgentSessions:Stagent:TurnLease", "00:00:02"),
            ("AgentSessions:Puffle:RunsPerWindow", "10000"), ("AgentSessions:Puffle:RunWindow", "00:00:01"),
            ("AgentSessions:Puffle:SyncTimeout", "00:00:00.5"), ("AgentSessions:Puffle:StreamTimeout", "00:00:00.5"),
            ($"AgentSessions:InboundWebhooks:{HostileRoutes.Sender}:Secret", WebhookSecret), ($"AgentSessions:InboundWebhooks:{HostileRoutes.Sender}:SessionField", "data.chatId"))
    {
    }

    internal ConcurrentQueue<string> Secrets { get; } = new([Key, PreviousKey, OtherKey, HostileRequests.User, WebhookSecret]);

    internal SecretWatch Watch => (SecretWatch)Services.GetServices<ILoggerProvider>().Single();

    protected override void Configure(IServiceCollection services)
    {
        services.RemoveAll<ILoggerProvider>();
        services.AddSingleton<ILoggerProvider>(new SecretWatch(Secrets));
        services.AddLogging(static logging => logging.SetMinimumLevel(LogLevel.Debug));
    }
}
