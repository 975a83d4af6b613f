using AgentSessions.Gateway;
using AgentSessions.Samples.Loops;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
var translator = new Translator(new Glossary());
builder.Services.AddAgentSessionsModels(builder.Configuration);
builder.Services.AddAgentSessions()
    .AddCustomAgent("translator", translator.RunAsync)
    .AddCustomAgent("thermostat", Thermostat.RunAsync);
builder.Services.AddEmbeddedSessionStore(builder.Configuration, "data").AddEmbeddedSessionEngine(builder.Configuration);
builder.Services.AddAgentSessionsGateway(builder.Configuration);

WebApplication app = builder.Build();
app.MapAgentSessions();
app.Run();
