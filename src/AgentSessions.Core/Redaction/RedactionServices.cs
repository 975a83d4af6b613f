using AgentSessions.Core.Redaction;
using AgentSessions.Core.Storage;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers a store so that redaction stands in front of it, where there is any.</summary>
public static class RedactionServices
{
    /// <summary>
    /// Makes a store that is registered by its own type the <see cref="ISessionStore"/> and <see cref="IStateStore"/>, and adds the system's clock
    /// where there is no other <see cref="TimeProvider"/>.
    /// </summary>
    public static IServiceCollection AddSessionStore<TStore>(this IServiceCollection services)
        where TStore : class, ISessionStore, IStateStore
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<ISessionStore>(static provider => (ISessionStore?)Redacting<TStore>(provider) ?? provider.GetRequiredService<TStore>());
        services.AddSingleton<IStateStore>(static provider => (IStateStore?)Redacting<TStore>(provider) ?? provider.GetRequiredService<TStore>());
        return services;
    }

    private static RedactingStore? Redacting<TStore>(IServiceProvider provider)
        where TStore : class, ISessionStore, IStateStore =>
        TextRedaction.Of(provider) is { } redaction
            ? new RedactingStore(provider.GetRequiredService<TStore>(), provider.GetRequiredService<TStore>(), redaction)
            : null;
}
