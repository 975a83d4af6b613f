using AgentSessions.Core.Storage;
using AgentSessions.Postgres.Connections;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AgentSessions.Postgres;

/// <summary>Registers the PostgreSQL store.</summary>
public static class PostgresServiceCollectionExtensions
{
    /// <summary>
    /// Makes <see cref="PostgresSessionStore"/> the <see cref="ISessionStore"/> and <see cref="IStateStore"/>, with options from section
    /// <see cref="PostgresOptions.Section"/>.
    /// </summary>
    /// <remarks>
    /// The server and its schema are checked before any hosted service starts; what is wrong with them, or with an option, stops the start.
    /// </remarks>
    public static IServiceCollection AddPostgresSessionStore(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<PostgresOptions>().Bind(configuration.GetSection(PostgresOptions.Section)).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<PostgresOptions>, PostgresOptionsRanges>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<PostgresOptions>, PostgresConnectionStringRule>());
        services.TryAddSingleton(provider => new PostgresSessionStore(
            provider.GetRequiredService<IOptions<PostgresOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<PostgresSessionStore>>()));
        services.AddSessionStore<PostgresSessionStore>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IStoreDescription, PostgresDescription>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, StartBeforeOthers>());
        return services;
    }

    private sealed class PostgresDescription(IOptions<PostgresOptions> options) : IStoreDescription
    {
        public string Describe() => $"PostgreSQL at {ConnectionSettings.Describe(options.Value)}";
    }

    private sealed class StartBeforeOthers(PostgresSessionStore store) : IHostedLifecycleService
    {
        public Task StartingAsync(CancellationToken cancellationToken) => store.StartAsync(cancellationToken);

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
