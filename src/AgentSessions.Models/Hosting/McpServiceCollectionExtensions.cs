using AgentSessions.Models;
using AgentSessions.Models.Mcp;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the tools of the configured MCP servers.</summary>
public static class McpServiceCollectionExtensions
{
    /// <summary>Adds <see cref="IMcpToolSource"/> over the servers of <c>AgentSessions:Mcp</c>. None is connected yet. A bad setting stops the host's start and names its key.</summary>
    public static IServiceCollection AddAgentSessionsMcp(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddOptions<McpOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<McpOptions>>(new McpSettings(configuration)));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<McpOptions>>(new McpOptionsValidator(configuration)));
        services.TryAddSingleton(_ => new McpTransports(configuration));
        services.TryAddSingleton<IMcpToolSource>(provider => new McpToolSource(
            provider.GetRequiredService<IOptions<McpOptions>>(),
            provider.GetRequiredService<McpTransports>().Create,
            provider.GetService<TimeProvider>() ?? TimeProvider.System,
            provider.GetRequiredService<ILogger<McpToolSource>>()));
        return services;
    }
}
