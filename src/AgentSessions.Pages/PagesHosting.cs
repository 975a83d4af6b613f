using AgentSessions.Core.Sessions.Forking;
using AgentSessions.Gateway.Addressing;
using AgentSessions.Pages.Chat;
using AgentSessions.Pages.Files;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace AgentSessions.Pages;

/// <summary>Puts the pages into an application: the operator console at <c>/console</c>, and the chat page at <c>/</c>.</summary>
public static class PagesHosting
{
    private const string Chat = "/chat";

    /// <summary>Adds what <see cref="MapAgentSessionsPages"/> needs. Call it before the gateway is mapped.</summary>
    public static IServiceCollection AddAgentSessionsPages(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ChatPageOptions>().Bind(configuration.GetSection(ChatPageOptions.Section))
            .Validate(static options => Enum.IsDefined(options.Access), $"{ChatPageOptions.Section}:Access must be {string.Join(" or ", Enum.GetNames<ChatPageAccess>())}").ValidateOnStart();
        services.AddSingleton<PageFiles>();
        services.TryAddSingleton<SessionForks>();
        services.AddSingleton<ChatPageGuard>();
        services.AddSingleton<ChatPageEndpoints>();
        services.AddSingleton(new ApiPrefix(Chat));
        return services;
    }

    /// <summary>Maps the console, and the chat page if the agents are there to be tried.</summary>
    /// <param name="routes">The application.</param>
    /// <param name="withChat">Whether the chat page is served; the setting <see cref="ChatPageOptions.Access"/> can still switch it off.</param>
    public static IEndpointRouteBuilder MapAgentSessionsPages(this IEndpointRouteBuilder routes, bool withChat)
    {
        var files = routes.ServiceProvider.GetRequiredService<PageFiles>();
        MapFile(routes, "/console", _ => files.Find("console.html"));
        MapFile(routes, "/pages/{**path}", context => files.Find((string)context.GetRouteValue("path")!) is { IsPage: false } file ? file : null);
        if (withChat && routes.ServiceProvider.GetRequiredService<IOptions<ChatPageOptions>>().Value.Access != ChatPageAccess.Off)
        {
            var chat = routes.ServiceProvider.GetRequiredService<ChatPageEndpoints>();
            MapFile(routes, "/", _ => files.Find("chat.html"));
            routes.MapGet($"{Chat}/agents", context => chat.Agents(context).ExecuteAsync(context));
            routes.MapPost($"{Chat}/start", async context => await (await chat.StartAsync(context)).ExecuteAsync(context));
            routes.MapPost($"{Chat}/branch", async context => await (await chat.BranchAsync(context)).ExecuteAsync(context));
            routes.MapPost($"{Chat}/token", async context => await (await chat.TokenAsync(context)).ExecuteAsync(context));
        }

        return routes;
    }

    private static void MapFile(IEndpointRouteBuilder routes, string pattern, Func<HttpContext, PageFile?> find) =>
        routes.MapMethods(pattern, [HttpMethods.Get, HttpMethods.Head], context => PageAnswer.WriteAsync(context, find(context)));
}
