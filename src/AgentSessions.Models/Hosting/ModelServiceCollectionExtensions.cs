using AgentSessions.Models;
using AgentSessions.Models.Catalog;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the configured models.</summary>
public static class ModelServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="IModelCatalog"/>, <see cref="IModelDiscovery"/>, every model of <c>AgentSessions:Models</c> as <c>[FromKeyedServices("name")] IChatClient</c>, and the
    /// default model as the plain <see cref="IChatClient"/>.
    /// </summary>
    /// <remarks>
    /// Without configured models, the variables OPENAI_API_KEY, ANTHROPIC_API_KEY and OLLAMA_HOST each give one (<c>openai</c>, <c>anthropic</c>,
    /// <c>ollama</c>; OPENAI_MODEL and its likes choose the model). With none of them either, the plain client fails when it is called
    /// and says what to set. A bad setting stops the host's start and names its key. A plain or keyed client that was registered otherwise is left alone.
    /// </remarks>
    public static IServiceCollection AddAgentSessionsModels(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddOptions<ModelsOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<ModelsOptions>>(new ModelSettings(configuration)));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ModelsOptions>>(new ModelsOptionsValidator(configuration)));
        services.TryAddSingleton(provider => new ChatClientFactory(configuration, provider.GetRequiredService<ILoggerFactory>(), provider.GetService<TimeProvider>()));
        services.TryAddSingleton<IModelCatalog, ModelCatalog>();
        services.TryAddSingleton<IModelDiscovery, ModelDiscovery>();
        services.TryAddKeyedSingleton(KeyedService.AnyKey, (provider, name) => provider.GetRequiredService<IModelCatalog>().GetClient((string)name!));
        services.TryAddSingleton(provider =>
        {
            IModelCatalog catalog = provider.GetRequiredService<IModelCatalog>();
            return catalog.Default is { } model ? catalog.GetClient(model.Name) : new UnconfiguredChatClient();
        });
        return services;
    }
}
