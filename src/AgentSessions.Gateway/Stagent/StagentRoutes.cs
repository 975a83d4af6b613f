using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Documents;
using AgentSessions.Gateway.Errors;
using AgentSessions.Gateway.Settings;
using AgentSessions.Gateway.Stagent.Access;
using AgentSessions.Gateway.Stagent.Conversations;
using AgentSessions.Gateway.Stagent.Endpoints;
using AgentSessions.Gateway.Stagent.Entities;
using AgentSessions.Gateway.Stagent.Models;
using AgentSessions.Gateway.Stagent.Projects;
using AgentSessions.Gateway.Stagent.Prompts;
using AgentSessions.Gateway.Stagent.Requests;
using AgentSessions.Gateway.Stagent.Rows;
using AgentSessions.Gateway.Stagent.Settings;
using AgentSessions.Gateway.Stagent.Turns;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Stagent;

/// <summary>The Stagent Chat API's routes, and nothing but where they lead.</summary>
internal static class StagentRoutes
{
    private const string Conversations = "/api/chat/conversations";
    private const string Conversation = "/api/chat/conversations/{conversation}";
    private const string Permissions = "/api/permissions";

    private static readonly RouteErrors _errors = RouteErrors.Flat with
    {
        Expired = StatusCodes.Status409Conflict,
        StoreFails = StatusCodes.Status503ServiceUnavailable,
    };

    /// <summary>Where the API lives.</summary>
    public static readonly IReadOnlyList<ApiPrefix> Prefixes = [Prefix("/api/chat"), Prefix("/api/permissions"), Prefix("/api/documents")];

    public static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<StagentOptions>().BindSettings(configuration, StagentOptions.Section).ValidateSettings(StagentOptions.Section);
        services.AddSingleton<IValidateOptions<StagentOptions>, StagentOptionsValidator>();
        services.AddOptions<DocumentsOptions>().BindSettings(configuration, DocumentsOptions.Section).ValidateSettings(DocumentsOptions.Section);
        services.AddSingleton<ListeningAddresses>();
        services.AddSingleton<IHostedService>(static provider => provider.GetRequiredService<ListeningAddresses>());
        services.AddSingleton<StagentAccess>();
        services.AddSingleton<ConversationStore>();
        services.AddSingleton<AgentChoice>();
        services.AddSingleton<ProjectScans>();
        services.AddSingleton<DocumentStore>();
        services.AddSingleton<RequestStore>();
        services.AddSingleton<RequestAnswers>();
        services.AddSingleton<TurnStore>();
        services.AddSingleton<StoreRetry>();
        services.AddSingleton<TurnServices>();
        services.AddSingleton<MessageIntake>();
        services.AddSingleton<TurnStop>();
        services.AddSingleton<TurnKeeper>();
        services.AddSingleton<IHostedService>(static provider => provider.GetRequiredService<TurnKeeper>());
        services.AddSingleton<Screenshots>();
        services.AddSingleton<ConversationRows>();
        AddCatalogues(services);
        AddEndpoints(services);
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        IServiceProvider services = routes.ServiceProvider;
        var conversation = services.GetRequiredService<ConversationEndpoints>();
        var permissions = services.GetRequiredService<PermissionEndpoints>();
        var documents = services.GetRequiredService<DocumentEndpoints>();
        IEndpointConventionBuilder[] all =
        [
            routes.MapGet(Conversations, services.GetRequiredService<ConversationList>().GetAsync),
            routes.MapPost(Conversations, conversation.CreateAsync),
            routes.MapGet(Conversation, conversation.GetAsync),
            routes.MapPatch(Conversation, conversation.PatchAsync),
            routes.MapDelete(Conversation, conversation.DeleteAsync),
            routes.MapGet($"{Conversation}/messages", services.GetRequiredService<HistoryEndpoint>().GetAsync),
            routes.MapPost($"{Conversation}/messages", services.GetRequiredService<SendEndpoint>().PostAsync),
            routes.MapPost($"{Conversation}/respond", services.GetRequiredService<RespondEndpoint>().PostAsync),
            routes.MapGet("/api/chat/models", services.GetRequiredService<ModelCatalogue>().GetAsync),
            routes.MapGet("/api/chat/suggested-prompts", services.GetRequiredService<PromptsEndpoint>().GetAsync),
            routes.MapGet("/api/chat/entities/search", services.GetRequiredService<EntitySearch>().GetAsync),
            routes.MapGet(Permissions, permissions.ListAsync),
            routes.MapPost(Permissions, permissions.AddAsync),
            routes.MapDelete(Permissions, permissions.RemoveAsync),
            routes.MapPost("/api/documents", documents.PostAsync),
            routes.MapGet("/api/documents/{document}/file", documents.GetAsync),
        ];
        foreach (IEndpointConventionBuilder route in all)
        {
            route.WithMetadata(_errors);
        }
    }

    private static ApiPrefix Prefix(string path) => new(path) { HasPlainErrors = true, TakesAnyId = true };

    private static void AddCatalogues(IServiceCollection services)
    {
        services.AddSingleton<IEntitySource, ProjectEntities>();
        services.AddSingleton<IEntitySource, DocumentEntities>();
        services.AddSingleton<IEntitySource, ProfileEntities>();
        services.AddSingleton<MentionContext>();
        services.AddSingleton<QuickAccess>();
        services.TryAddSingleton<IPromptSource, DefaultPrompts>();
    }

    private static void AddEndpoints(IServiceCollection services)
    {
        services.AddSingleton<ConversationList>();
        services.AddSingleton<ConversationEndpoints>();
        services.AddSingleton<HistoryEndpoint>();
        services.AddSingleton<SendEndpoint>();
        services.AddSingleton<RespondEndpoint>();
        services.AddSingleton<PermissionEndpoints>();
        services.AddSingleton<DocumentEndpoints>();
        services.AddSingleton<ModelCatalogue>();
        services.AddSingleton<PromptsEndpoint>();
        services.AddSingleton<EntitySearch>();
    }
}
