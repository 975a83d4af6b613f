using AgentSessions.Core.Storage;
using AgentSessions.Embedded;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the store of files.</summary>
public static class EmbeddedStoreServices
{
    /// <summary>Adds <see cref="ISessionStore"/> and <see cref="IStateStore"/> on files in a directory, which one process may use at a time.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configuration">Holds the section <see cref="EmbeddedStoreOptions.Section"/>.</param>
    /// <param name="directory">The data directory.</param>
    public static IServiceCollection AddEmbeddedSessionStore(this IServiceCollection services, IConfiguration configuration, string directory)
    {
        services.AddSingleton<IValidateOptions<EmbeddedStoreOptions>, EmbeddedStoreOptionsValidator>();
        services.AddSingleton<IValidateOptions<EmbeddedStoreOptions>, JournalLengthRule>();
        services.AddOptions<EmbeddedStoreOptions>().Bind(configuration.GetSection(EmbeddedStoreOptions.Section)).ValidateOnStart();

        // Opened while the host is being put together, before anything listens; there is no thread to hand back to at that time.
        services.AddSingleton(provider => EmbeddedSessionStore.OpenAsync(
            directory,
            provider.GetRequiredService<IOptions<EmbeddedStoreOptions>>().Value,
            provider.GetRequiredService<ILogger<EmbeddedSessionStore>>(),
            CancellationToken.None).GetAwaiter().GetResult());
        services.AddSessionStore<EmbeddedSessionStore>();
        services.AddSingleton<IStoreBackup, EmbeddedBackup>();
        services.AddSingleton<IStoreDescription>(static provider => new EmbeddedStoreDescription(provider.GetRequiredService<EmbeddedSessionStore>()));
        return services;
    }

    private sealed class EmbeddedStoreDescription(EmbeddedSessionStore store) : IStoreDescription
    {
        public string Describe() => $"journal and SQLite {EmbeddedSessionStore.SqliteVersion}, durability {store.Durability}";
    }
}
