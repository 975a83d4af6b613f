using AgentSessions.Core.Archives;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Gateway.Data;

/// <summary>What operators do with data: archives, backups, legal holds, erasure.</summary>
internal static class DataRoutes
{
    private const string Session = "/api/v1/sessions/{session}";

    public static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<DataOptions>().BindSettings(configuration, DataOptions.Section).ValidateSettings(DataOptions.Section);
        services.AddSingleton<IArchivedValues, ChatValues>();
        services.AddSingleton<ArchiveEndpoints>();
        services.AddSingleton<HoldEndpoints>();
        services.AddSingleton<ErasureEndpoints>();
        services.AddSingleton(new ApiPrefix("/api/v1/erasures"));
        services.AddSingleton(new ApiPrefix("/api/v1/backups"));
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        // Archives go past the engine, so they need its store in this process.
        if (routes.ServiceProvider.GetService<ISessionStore>() is not null)
        {
            var archives = routes.ServiceProvider.GetRequiredService<ArchiveEndpoints>();
            routes.MapGet($"{Session}/export", archives.ExportAsync);
            routes.MapPost("/api/v1/sessions/import", archives.ImportAsync);
        }

        if (routes.ServiceProvider.GetService<IStoreBackup>() is { } backup)
        {
            var backups = new BackupEndpoints(backup, routes.ServiceProvider.GetRequiredService<Authenticator>());
            routes.MapPost("/api/v1/backups", backups.PostAsync);
        }

        var holds = routes.ServiceProvider.GetRequiredService<HoldEndpoints>();
        routes.MapGet($"{Session}/legal-hold", holds.GetAsync);
        routes.MapPut($"{Session}/legal-hold", holds.PutAsync);
        routes.MapDelete($"{Session}/legal-hold", holds.DeleteAsync);

        var erasures = routes.ServiceProvider.GetRequiredService<ErasureEndpoints>();
        routes.MapPost("/api/v1/erasures", erasures.PostAsync);
        routes.MapPost("/api/v1/erasures/verify", erasures.VerifyAsync);
    }
}
