using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Errors;
using AgentSessions.Gateway.Puffle.Settings;
using AgentSessions.Gateway.Puffle.Turns;
using AgentSessions.Gateway.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Gateway.Puffle;

/// <summary>The routes of the Puffle agent chat API, and nothing but where they lead.</summary>
internal static class PuffleRoutes
{
    private const string Chat = "/api/agent/chat";

    public static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<PuffleOptions>().BindSettings(configuration, PuffleOptions.Section).ValidateSettings(PuffleOptions.Section);
        services.AddSingleton(new ApiPrefix(Chat) { HasPlainErrors = true });
        services.AddSingleton<PuffleGate>();
        services.AddSingleton<PuffleAgents>();
        services.AddSingleton<PuffleConversations>();
        services.AddSingleton<RunBudget>();
        services.AddSingleton<RunStore>();
        services.AddSingleton<PendingCalls>();
        services.AddSingleton<LostTurns>();
        services.AddSingleton<TurnPoster>();
        services.AddSingleton<TurnOpening>();
        services.AddSingleton<ApprovalAnswers>();
        services.AddSingleton<StartEndpoint>();
        services.AddSingleton<PollEndpoint>();
        services.AddSingleton<SyncEndpoint>();
        services.AddSingleton<StreamEndpoint>();
        services.AddHostedService<RunSweep>();
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        IServiceProvider services = routes.ServiceProvider;
        routes.MapPost(Chat, services.GetRequiredService<StartEndpoint>().PostAsync).WithMetadata(RouteErrors.Flat);
        routes.MapPost($"{Chat}/sync", services.GetRequiredService<SyncEndpoint>().PostAsync).WithMetadata(RouteErrors.Flat);
        routes.MapPost($"{Chat}/stream", services.GetRequiredService<StreamEndpoint>().PostAsync).WithMetadata(RouteErrors.Flat);
        routes.MapGet($"{Chat}/{{run}}", services.GetRequiredService<PollEndpoint>().GetAsync).WithMetadata(RouteErrors.Flat);

        // The vendor's own development tool. Without this line the path would be a run's, which cannot be posted to.
        routes.MapPost($"{Chat}/mock-stream", static _ => throw Refuse.NotFound("Not found")).WithMetadata(RouteErrors.Flat);
    }
}
