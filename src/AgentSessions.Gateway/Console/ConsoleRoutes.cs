using AgentSessions.Core.Sessions.Forking;
using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Console.Budgets;
using AgentSessions.Gateway.Native.Runs;
using AgentSessions.Gateway.Native.Sessions;
using AgentSessions.Gateway.Native.Transcripts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AgentSessions.Gateway.Console;

/// <summary>What only operators may ask, with a secret key or an administrator token: the API behind the console, beside the native one.</summary>
internal static class ConsoleRoutes
{
    private const string Root = "/api/console/v1";
    private const string Session = $"{Root}/sessions/{{session}}";

    /// <summary>Where it lives.</summary>
    public static readonly ApiPrefix Prefix = new(Root);

    public static void AddServices(IServiceCollection services)
    {
        services.TryAddSingleton<SessionForks>();
        services.AddSingleton<Overview>();
        services.AddSingleton<NodeDrain>();
        services.AddSingleton<SessionList>();
        services.AddSingleton<SessionDesk>();
        services.AddSingleton<TurnList>();
        services.AddSingleton<BudgetSources>();
        services.AddSingleton<UnusedBudgets>();
        services.AddSingleton<BudgetList>();
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        IServiceProvider services = routes.ServiceProvider;
        routes.MapGet($"{Root}/overview", services.GetRequiredService<Overview>().GetAsync);
        routes.MapGet($"{Root}/budgets", services.GetRequiredService<BudgetList>().GetAsync);
        routes.MapPost($"{Root}/nodes/{{node}}/drain", services.GetRequiredService<NodeDrain>().PostAsync);
        routes.MapGet($"{Root}/sessions", services.GetRequiredService<SessionList>().GetAsync);
        MapDesk(routes, services.GetRequiredService<SessionDesk>());
        routes.MapGet($"{Session}/turns", services.GetRequiredService<TurnList>().GetAsync);
        MapSecretKeyCalls(routes, services);
    }

    private static void MapDesk(IEndpointRouteBuilder routes, SessionDesk desk)
    {
        routes.MapGet(Session, desk.GetAsync);
        routes.MapPost($"{Session}/take-over", desk.TakeOverAsync);
        routes.MapPost($"{Session}/say", desk.SayAsync);
        routes.MapPost($"{Session}/hand-back", desk.HandBackAsync);
        routes.MapPost($"{Session}/fork", desk.ForkAsync);
    }

    /// <summary>What the native API answers to a secret key alone, for administrator tokens too.</summary>
    private static void MapSecretKeyCalls(IEndpointRouteBuilder routes, IServiceProvider services)
    {
        var operators = services.GetRequiredService<Authenticator>();
        var session = services.GetRequiredService<SessionEndpoints>();
        var runs = services.GetRequiredService<SessionRuns>();
        var transcript = services.GetRequiredService<TranscriptPages>();
        routes.MapDelete(Session, context => session.DeleteAsync(context, operators.RequireOperator(context)));
        routes.MapGet($"{Session}/runs", context => runs.ListAsync(context, operators.RequireOperator(context)));
        routes.MapGet($"{Session}/transcript", context => transcript.GetAsync(context, operators.RequireOperator(context)));
    }
}
