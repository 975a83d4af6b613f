using AgentSessions.Agents;
using AgentSessions.Gateway;
using AgentSessions.Pages;
using AgentSessions.Server;
using AgentSessions.Server.DemoAgents;
using AgentSessions.Server.Telemetry;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.UseDefaults();
ServerOptions options;
try
{
    options = ServerOptions.Read(builder.Configuration, builder.Environment.IsDevelopment());
    builder.Services.AddSingleton(options);
    builder.Services.AddTelemetry(builder.Configuration);

    AgentSessionsBuilder agents = builder.Services.AddAgentSessions();
    builder.Services.AddAgentSessionsModels(builder.Configuration);
    builder.Services.AddAgentSessionsMcp(builder.Configuration);
    if (options.DemoAgents)
    {
        agents.AddDemoAgents();
        builder.Services.AddDemoAgentCards();
    }

    builder.Services.AddEngine(options, builder.Configuration);
    builder.Services.AddAgentSessionsGateway(builder.Configuration);
    builder.Services.AddAgentSessionsPages(builder.Configuration);
    GeneratedSecretKey.AddGeneratedSecretKey(builder.Services, options, builder.Configuration);
    builder.Services.AddHostedService<StartBanner>();
}
catch (InvalidOperationException exception)
{
    return Refuse(exception);
}

WebApplication app = builder.Build();
app.UseTelemetry();
app.MapAgentSessions();
app.MapAgentSessionsPages(withChat: options.DemoAgents);
try
{
    await app.RunAsync();
    return 0;
}
catch (Exception exception) when (StartFailure.IsExpected(exception))
{
    return Refuse(exception);
}

static int Refuse(Exception exception)
{
    Console.Error.WriteLine($"AgentSessions cannot start: {exception.Message}");
    return 1;
}
