using AgentSessions.Postgres;
using AgentSessions.Server.Settings;

namespace AgentSessions.Server;

/// <summary>Picks the engine and its store by configuration.</summary>
internal static partial class EngineSelection
{
    /// <summary>Adds the engine that the options name.</summary>
    /// <exception cref="InvalidOperationException">This build does not have it, or a setting of it is wrong.</exception>
    public static void AddEngine(this IServiceCollection services, ServerOptions options, IConfiguration configuration)
    {
        if (options.Engine == EngineKind.Orleans)
        {
            bool isIncluded = false;
            AddOrleansEngine(services, configuration, ref isIncluded);
            if (!isIncluded)
            {
                throw new InvalidOperationException(
                    "AgentSessions:Engine is Orleans, but this build was made without the Orleans packages; build it where they can be restored");
            }

            return;
        }

        switch (options.Store)
        {
            case StoreKind.Embedded:
                services.AddEmbeddedSessionStore(configuration, options.DataDirectory);
                break;
            case StoreKind.Postgres:
                services.AddPostgresSessionStore(configuration);
                break;
            default:
                throw new InvalidOperationException($"Unknown store {options.Store}");
        }

        services.AddEmbeddedSessionEngine(configuration);
    }

    /// <summary>Implemented in a file that is compiled only where the Orleans packages are there.</summary>
    static partial void AddOrleansEngine(IServiceCollection services, IConfiguration configuration, ref bool isIncluded);
}
