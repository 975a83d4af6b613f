using System.Collections.Concurrent;
using AgentSessions.Gateway.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Gateway.Tests.Hostile;

/// <summary>A gateway whose log is watched for secrets.</summary>
public sealed class HostileServer : GatewayServer
{
    internal ConcurrentQueue<string> Secrets { get; } = new([Key, PreviousKey, OtherKey]);

    internal SecretWatch Watch => (SecretWatch)Services.GetServices<ILoggerProvider>().Single();

    protected override void Configure(IServiceCollection services)
    {
        services.RemoveAll<ILoggerProvider>();
        services.AddSingleton<ILoggerProvider>(new SecretWatch(Secrets));
        services.AddLogging(static logging => logging.SetMinimumLevel(LogLevel.Debug));
    }
}
