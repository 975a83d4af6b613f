using System.Runtime.InteropServices;
using AgentSessions.Core.Nodes;
using AgentSessions.Gateway;
using AgentSessions.Gateway.Stagent.Models;
using AgentSessions.Pages;
using AgentSessions.Server.ChatModels;
using AgentSessions.Server.DemoAgents;
using AgentSessions.Server.Memory;
using AgentSessions.Server.Redaction;
using AgentSessions.Server.Restarts;
using AgentSessions.Server.Settings;
using AgentSessions.Server.Telemetry;

namespace AgentSessions.Server;

/// <summary>The whole server, to be started with agents of one's own.</summary>
public static class AgentSessionsServer
{
    /// <summary>Runs the server until it is asked to leave.</summary>
    /// <remarks>
    /// Everything else comes from configuration: <c>appsettings.json</c>, environment (<c>AgentSessions__DataDirectory</c>), command line. A wrong
    /// value ends the start with a line on standard error that names its key.
    /// </remarks>
    /// <param name="args">The command line.</param>
    /// <param name="configure">Adds agents, services and routes. Called once, before anything is built.</param>
    /// <returns>The exit code: 0, or 1 if the server could not start.</returns>
    public static async Task<int> RunAsync(string[] args, Action<ServerSetup>? configure = null)
    {
        using PosixSignalRegistration? fileSize = FileSizeSignal.Survive();
        try
        {
            await using WebApplication app = Build(args, configure);
            app.CheckSettings();
            await app.RunAsync();
            return 0;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("AgentSessions was stopped before it had started");
            return 0;
        }
        catch (Exception exception) when (StartFailure.IsExpected(exception))
        {
            Console.Error.WriteLine($"AgentSessions cannot start: {StartFailure.Explain(exception)}");
            return 1;
        }
    }

    private static WebApplication Build(string[] args, Action<ServerSetup>? configure)
    {
        SettingsFiles.LookInPlaceOfWatching();
        WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
        builder.UseDefaults();
        LogLevelSettings.Check(builder.Configuration);
        var setup = new ServerSetup(builder, builder.Services.AddAgentSessions());
        ServerOptions options = ServerOptions.Read(builder.Configuration, builder.Environment.IsDevelopment());
        AddServices(setup, options);
        configure?.Invoke(setup);

        var quiet = new QuietStart(builder.Logging);
        WebApplication app = builder.Build();
        quiet.EndsWith(app.Lifetime);
        app.WarnOfUnknownSettings();
        app.TellOfUnreadable();
        app.UseTelemetry();
        app.UseAgentSessionsErrors();
        app.MapAgentSessions();
        app.MapAgentSessionsPages(withChat: options.DemoAgents);
        setup.Routes?.Invoke(app);
        return app;
    }

    private static void AddServices(ServerSetup setup, ServerOptions options)
    {
        IServiceCollection services = setup.Application.Services;
        IConfiguration configuration = setup.Application.Configuration;
        services.AddSingleton(options);
        if (options is { Engine: EngineKind.Embedded, Store: StoreKind.Embedded })
        {
            DataFolder.Ensure(options.DataDirectory);
        }

        services.AddSingleton<INodeRestart, ProcessRestart>();
        services.AddRedaction(configuration);
        services.AddTelemetry(configuration);
        services.AddAgentSessionsModels(configuration);
        services.AddAgentSessionsMcp(configuration);
        services.AddSingleton<IChatModelSource, DiscoveredModels>();
        if (options.DemoAgents)
        {
            setup.Agents.AddDemoAgents();
            services.AddDemoAgentCards();
        }

        services.AddEngine(options, configuration);
        services.AddAgentSessionsGateway(configuration);
        services.AddAgentSessionsPages(configuration);
        GeneratedSecretKey.AddGeneratedSecretKey(services, options, configuration);
        services.AddHostedService<StartBanner>();
        if (IdleMemoryOptions.Read(configuration) is { } idle)
        {
            services.AddSingleton(idle).AddHostedService<IdleMemory>();
        }
    }
}
