using AgentSessions.Core.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the bound on what environments keep.</summary>
public static class StorageQuotaServices
{
    /// <summary>Adds <see cref="StorageQuota"/>, with the limits of the configuration if there is one. Needs <see cref="ISessionStore"/> and <see cref="TimeProvider"/>.</summary>
    public static IServiceCollection AddStorageQuota(this IServiceCollection services)
    {
        services.TryAddSingleton(static provider => new StorageQuota(
            provider.GetRequiredService<ISessionStore>(),
            StorageLimits.Read(provider.GetService<IConfiguration>()),
            provider.GetRequiredService<TimeProvider>()));
        return services;
    }
}
