using System.Net;
using System.Reflection;
using System.Text;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Storage;
using AgentSessions.Pages.Chat;
using AgentSessions.Postgres.Connections;
using AgentSessions.Server.Settings;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace AgentSessions.Server;

/// <summary>Says once what was started and how to try it. A key is shown only by the start that made it.</summary>
internal sealed partial class StartBanner(
    ServerOptions options,
    IServer server,
    IAgentCatalog agents,
    IEnumerable<IStoreDescription> stores,
    IEnumerable<GeneratedSecretKey> generated,
    IOptions<ChatPageOptions> chat,
    IConfiguration configuration,
    IHostApplicationLifetime lifetime,
    ILogger<StartBanner> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Addresses are known only once the server listens.
        lifetime.ApplicationStarted.Register(Print);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Print()
    {
        string[] addresses = [.. server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []];
        GeneratedSecretKey? key = generated.FirstOrDefault();
        var text = new StringBuilder();
        text.AppendLine($"AgentSessions {Assembly.GetExecutingAssembly().GetName().Version?.ToString(3)}");
        text.AppendLine($"  engine     {options.Engine}");
        text.AppendLine($"  store      {string.Join(", ", stores.Select(static store => store.Describe()))}");
        if (options is { Engine: EngineKind.Embedded, Store: StoreKind.Embedded })
        {
            text.AppendLine($"  data       {options.DataDirectory}");
        }

        text.AppendLine($"  agents     {(agents.Names.Count == 0 ? "none; AgentSessions:DemoAgents=true brings some to try" : string.Join(", ", agents.Names))}");
        text.AppendLine($"  listening  {string.Join(", ", addresses)}");
        if (addresses is [string address, ..])
        {
            text.AppendLine($"  pages      {(options.DemoAgents && chat.Value.Access != ChatPageAccess.Off ? $"{address}/ (chat), " : "")}{address}/console");
        }

        if (key is { NewKey: string secret })
        {
            text.AppendLine($"  secret key {secret}  (shown once; kept in {key.Path})");
            if (FirstAgent is { } agent)
            {
                text.AppendLine();
                text.AppendLine("Try it:");
                text.AppendLine($"  curl -X POST {addresses.FirstOrDefault()}/api/v1/sessions -H 'Authorization: Bearer {secret}' -H 'Content-Type: application/json' \\");
                text.AppendLine($$$$"""    -d '{"type":"chat.agent","externalId":"hello","taskIdentifier":"{{{{agent}}}}","triggerConfig":{"basePayload":{"chatId":"hello","trigger":"preload"}}}'""");
            }
        }
        else if (key is not null)
        {
            text.AppendLine($"  secret key in {key.Path}");
        }

        Console.WriteLine(text);
        if (key is not null && !addresses.All(IsLoopback))
        {
            LogGeneratedKeyExposed();
        }

        if (options is { Engine: EngineKind.Embedded, Store: StoreKind.Embedded } && !string.IsNullOrEmpty(configuration[$"{PostgresOptions.Section}:{nameof(PostgresOptions.ConnectionString)}"]))
        {
            LogDatabaseUnused();
        }
    }

    /// <summary>Whom to try first; null where there is nobody.</summary>
    private string? FirstAgent => agents.Names.Contains("echo") ? "echo" : agents.Names.FirstOrDefault();

    private static bool IsLoopback(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out Uri? url)
        && (url.IsLoopback || (IPAddress.TryParse(url.Host, out IPAddress? ip) && IPAddress.IsLoopback(ip)));

    [LoggerMessage(4001, LogLevel.Warning, "The server listens beyond this machine with a generated secret key; set AgentSessions:SecretKey or AgentSessions:SecretKeyFile.")]
    private partial void LogGeneratedKeyExposed();

    [LoggerMessage(4005, LogLevel.Warning, "AgentSessions:Postgres:ConnectionString is not used: sessions are kept in files until AgentSessions:Store is Postgres or AgentSessions:Engine is Orleans.")]
    private partial void LogDatabaseUnused();
}
