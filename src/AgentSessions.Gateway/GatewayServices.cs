using AgentSessions.Core;
using AgentSessions.Core.Runs;
using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Connections;
using AgentSessions.Gateway.Console;
using AgentSessions.Gateway.Data;
using AgentSessions.Gateway.Health;
using AgentSessions.Gateway.Limits;
using AgentSessions.Gateway.Mcp;
using AgentSessions.Gateway.Native;
using AgentSessions.Gateway.Native.InboundWebhooks;
using AgentSessions.Gateway.Permissions;
using AgentSessions.Gateway.Puffle;
using AgentSessions.Gateway.Settings;
using AgentSessions.Gateway.Stagent;
using AgentSessions.Gateway.Streaming;
using AgentSessions.Gateway.Users;
using AgentSessions.Gateway.Webhooks;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway;

/// <summary>Registers the gateway.</summary>
public static class GatewayServices
{
    /// <summary>Adds everything that <see cref="GatewayPipeline.MapAgentSessions"/> needs but the engine, its stores and <see cref="IAgentCatalog"/>.</summary>
    /// <remarks>
    /// Secret keys come from the section <see cref="EnvironmentsOptions.Section"/>; without any the start fails. A host that makes a key by
    /// itself sets it with <c>PostConfigure&lt;EnvironmentsOptions&gt;</c>. <see cref="ISessionTokens"/> is provided here for the engine.
    /// </remarks>
    public static IServiceCollection AddAgentSessionsGateway(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddRoutingCore();
        AddOptions(services, configuration);

        // The server's own request log writes query strings, and those hold signed addresses.
        services.AddLogging(static logging => logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning));

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<ApiPrefixes>();
        services.AddSingleton<KeyRing>();
        services.AddSingleton<Authenticator>();
        services.AddSingleton<SessionAccess>();
        services.AddSingleton<Grants>();
        services.AddSingleton<PublicAddress>();
        services.AddSingleton<ISessionTokens, SessionTokens>();
        services.AddSingleton<RateLimits>();
        services.AddSingleton<Admission>();
        services.AddStorageQuota();
        services.AddSingleton<EventStream>();
        services.AddSingleton<IReadinessCheck, StoreReadiness>();
        services.AddSingleton<HealthRoutes>();
        DataRoutes.AddServices(services, configuration);
        WebhookRoutes.AddServices(services, configuration);
        McpEndpoint.AddServices(services);

        UserServices.Add(services, configuration);
        services.TryAddSingleton<PermissionRules>();
        services.TryAddSingleton<IStandingApprovals, StandingApprovals>();
        NativeRoutes.AddServices(services);
        StagentRoutes.AddServices(services, configuration);
        ConsoleRoutes.AddServices(services);
        foreach (ApiPrefix prefix in (ApiPrefix[])[.. NativeRoutes.Prefixes, .. StagentRoutes.Prefixes, ConsoleRoutes.Prefix])
        {
            services.AddSingleton(prefix);
        }

        PuffleRoutes.AddServices(services, configuration);
        services.AddSingleton<StopLimit>();
        services.AddSingleton<IConfigureOptions<KestrelServerOptions>, ConnectionSetup>();
        services.AddSingleton<IConfigureOptions<SocketTransportOptions>, ConnectionSetup>();
        return services;
    }

    private static void AddOptions(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<IValidateOptions<EnvironmentsOptions>, EnvironmentsValidator>();
        services.AddOptions<EnvironmentsOptions>().BindSettings(configuration, EnvironmentsOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<InboundWebhooksOptions>, InboundWebhooksValidator>();
        services.AddOptions<InboundWebhooksOptions>().BindSettings(configuration, InboundWebhooksOptions.Section).ValidateOnStart();
        services.AddOptions<PublicAddressOptions>().BindSettings(configuration, PublicAddressOptions.Section)
            .Validate(static options => options.IsUsable, $"{PublicAddressOptions.Section}:PublicUrl must be an address such as https://agents.example.com").ValidateOnStart();
        services.AddOptions<StreamingOptions>().BindSettings(configuration, StreamingOptions.Section).ValidateSettings(StreamingOptions.Section);
        services.AddOptions<RateLimitOptions>().BindSettings(configuration, RateLimitOptions.Section).ValidateSettings(RateLimitOptions.Section);
        services.AddOptions<AdmissionOptions>().BindSettings(configuration, AdmissionOptions.Section).ValidateSettings(AdmissionOptions.Section);
        services.AddOptions<ConnectionOptions>().BindSettings(configuration, ConnectionOptions.Section).ValidateSettings(ConnectionOptions.Section);
    }
}
