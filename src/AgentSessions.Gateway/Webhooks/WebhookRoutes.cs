using AgentSessions.Core.Events;
using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Webhooks;

/// <summary>Webhooks out, by the Standard Webhooks specification.</summary>
internal static class WebhookRoutes
{
    public static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<IValidateOptions<WebhookOptions>, WebhookOptionsValidator>();
        services.AddOptions<WebhookOptions>().BindSettings(configuration, WebhookOptions.Section).ValidateSettings(WebhookOptions.Section);
        services.AddSingleton<WebhookOutbox>();
        services.AddSingleton<IEventOutbox>(static provider => provider.GetRequiredService<WebhookOutbox>());
        services.AddSingleton<WebhookStore>();
        services.AddSingleton<WebhookSender>();
        services.AddSingleton<WebhookEndpoints>();
        services.AddHostedService<WebhookDispatcher>();
        services.AddSingleton(new ApiPrefix("/api/v1/webhooks"));
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<WebhookEndpoints>();
        routes.MapGet("/api/v1/webhooks", endpoints.GetAsync);
        routes.MapGet("/api/v1/webhooks/events", endpoints.ListAsync);
        routes.MapPost("/api/v1/webhooks/events/{event}/replay", endpoints.ReplayAsync);
    }
}
