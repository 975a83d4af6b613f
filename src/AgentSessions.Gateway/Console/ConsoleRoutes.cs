using AgentSessions.Core.Sessions.Forking;
using AgentSessions.Gateway.Addressing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AgentSessions.Gateway.Console;

/// <summary>What only operators may ask, with a secret key: the API behind the console, beside the native one.</summary>
internal static class ConsoleRoutes
{
    private const string Root = "/api/console/v1";
    private const string Session = $"{Root}/sessions/{{session}}";

    /// <summary>Where it lives.</summary>
    public static readonly ApiPrefix Prefix = new(Root);

    public static void AddServices(IServiceCollection services)
    {
        services.TryAddSingleton<SessionForks>();
        services.AddSingleton<TurnStatistics>();
        services.AddSingleton<Overview>();
        services.AddSingleton<SessionDesk>();
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        var desk = routes.ServiceProvider.GetRequiredService<SessionDesk>();
        var overview = routes.ServiceProvider.GetRequiredService<Overview>();
        routes.MapGet($"{Root}/overview", overview.GetAsync);
        routes.MapGet(Session, desk.GetAsync);
        routes.MapPost($"{Session}/take-over", desk.TakeOverAsync);
        routes.MapPost($"{Session}/say", desk.SayAsync);
        routes.MapPost($"{Session}/hand-back", desk.HandBackAsync);
        routes.MapPost($"{Session}/fork", desk.ForkAsync);
    }
}
