using AgentSessions.Core.Attachments;
using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Errors;
using AgentSessions.Gateway.Native.Attachments;
using AgentSessions.Gateway.Native.Channels;
using AgentSessions.Gateway.Native.InboundWebhooks;
using AgentSessions.Gateway.Native.Runs;
using AgentSessions.Gateway.Native.Sessions;
using AgentSessions.Gateway.Native.Sink;
using AgentSessions.Gateway.Native.Tokens;
using AgentSessions.Gateway.Native.Transcripts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Gateway.Native;

/// <summary>The native protocol's routes (the wire document), and nothing but where they lead.</summary>
internal static class NativeRoutes
{
    private const string Sessions = "/api/v1/sessions";
    private const string Session = "/api/v1/sessions/{session}";

    /// <summary>Where the protocol lives.</summary>
    public static readonly IReadOnlyList<ApiPrefix> Prefixes =
    [
        new("/api/v1/sessions"), new("/api/v1/auth"), new("/api/v1/runs"), new("/api/v2/runs"), new("/api/v3/runs"), new("/realtime/v1"),
        new("/api/v1/webhooks"),
    ];

    public static void AddServices(IServiceCollection services)
    {
        services.AddSingleton<CreateSession>();
        services.AddSingleton<SessionEndpoints>();
        services.AddSingleton<ListSessions>();
        services.AddSingleton<TokenEndpoints>();
        services.AddSingleton<RunEndpoints>();
        services.AddSingleton<SessionRuns>();
        services.AddSingleton<ChannelReads>();
        services.AddSingleton<ChannelAppends>();
        services.AddSingleton<ChannelRecords>();
        services.AddSingleton<TranscriptPages>();
        services.AddSingleton<SessionAttachments>();
        services.AddSingleton<IAttachmentSource>(static provider => provider.GetRequiredService<SessionAttachments>());
        services.AddSingleton<AttachmentEndpoints>();
        services.AddSingleton<SnapshotEndpoints>();
        services.AddSingleton<SinkGrants>();
        services.AddSingleton<SinkInitialization>();
        services.AddSingleton<SinkWriter>();
        services.AddSingleton<SinkSession>();
        services.AddSingleton<SinkEndpoints>();
        services.AddSingleton<InboundWebhookEndpoint>();
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        MapTokens(routes);
        MapSessions(routes);
        MapRuns(routes);
        MapTranscripts(routes);
        foreach (ChannelRoute channel in ChannelRoute.All)
        {
            MapChannel(routes, channel);
        }

        MapSink(routes);
        routes.MapPost("/api/v1/webhooks/{name}", routes.ServiceProvider.GetRequiredService<InboundWebhookEndpoint>().PostAsync);
    }

    private static void MapTokens(IEndpointRouteBuilder routes)
    {
        var tokens = routes.ServiceProvider.GetRequiredService<TokenEndpoints>();
        routes.MapPost("/api/v1/auth/jwt/claims", tokens.ClaimsAsync);
        routes.MapPost("/api/v1/auth/public-tokens", tokens.MintAsync);
    }

    private static void MapSessions(IEndpointRouteBuilder routes)
    {
        IServiceProvider services = routes.ServiceProvider;
        var session = services.GetRequiredService<SessionEndpoints>();
        routes.MapPost(Sessions, services.GetRequiredService<CreateSession>().PostAsync).WithMetadata(RouteErrors.Create);
        routes.MapGet(Sessions, services.GetRequiredService<ListSessions>().GetAsync);
        routes.MapGet(Session, session.GetAsync);
        routes.MapPatch(Session, session.PatchAsync);
        routes.MapDelete(Session, session.DeleteAsync);
        routes.MapPost($"{Session}/close", session.CloseAsync);
    }

    private static void MapRuns(IEndpointRouteBuilder routes)
    {
        var run = routes.ServiceProvider.GetRequiredService<RunEndpoints>();
        var runs = routes.ServiceProvider.GetRequiredService<SessionRuns>();
        routes.MapGet("/api/v3/runs/{run}", run.GetAsync);
        routes.MapPost("/api/v2/runs/{run}/cancel", run.CancelAsync);
        routes.MapGet($"{Session}/runs", runs.ListAsync);
        routes.MapPost($"{Session}/end-and-continue", runs.SwapAsync).WithMetadata(RouteErrors.Worker);
    }

    private static void MapTranscripts(IEndpointRouteBuilder routes)
    {
        var snapshots = routes.ServiceProvider.GetRequiredService<SnapshotEndpoints>();
        routes.MapGet($"{Session}/transcript", routes.ServiceProvider.GetRequiredService<TranscriptPages>().GetAsync);
        routes.MapGet($"{Session}/snapshot-url", snapshots.ReadingAddressAsync);
        routes.MapPut($"{Session}/snapshot-url", snapshots.WritingAddressAsync);
        routes.MapGet($"{Session}/snapshot", snapshots.GetAsync);
        routes.MapPut($"{Session}/snapshot", snapshots.PutAsync);
        var attachments = routes.ServiceProvider.GetRequiredService<AttachmentEndpoints>();
        routes.MapPost($"{Session}/attachments", attachments.PostAsync);
        routes.MapGet($"{Session}/attachments/{{attachment}}", attachments.GetAsync);
    }

    private static void MapSink(IEndpointRouteBuilder routes)
    {
        var sink = routes.ServiceProvider.GetRequiredService<SinkEndpoints>();
        routes.MapPost($"{SinkInitialization.Path}/streams/{{stream}}/records", sink.PostAsync).WithMetadata(RouteErrors.Worker);
    }

    private static void MapChannel(IEndpointRouteBuilder routes, ChannelRoute channel)
    {
        IServiceProvider services = routes.ServiceProvider;
        var reads = services.GetRequiredService<ChannelReads>();
        var appends = services.GetRequiredService<ChannelAppends>();
        var records = services.GetRequiredService<ChannelRecords>();
        var sink = services.GetRequiredService<SinkInitialization>();
        routes.MapGet(channel.Pattern, context => reads.GetAsync(context, channel));
        routes.MapMethods(channel.Pattern, [HttpMethods.Head], context => reads.HeadAsync(context, channel));
        routes.MapPut(channel.Pattern, context => sink.PutAsync(context, channel)).WithMetadata(RouteErrors.Worker);
        routes.MapPost($"{channel.Pattern}/append", context => appends.PostAsync(context, channel)).WithMetadata(RouteErrors.Append);
        routes.MapGet($"{channel.Pattern}/records", context => records.GetAsync(context, channel));
    }
}
