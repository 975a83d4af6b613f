using AgentSessions.Gateway;
using AgentSessions.Samples.Team;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Services.AddAgentSessionsModels(builder.Configuration);
builder.Services.AddAgentSessions().AddTeam();
builder.Services.AddEmbeddedSessionStore(builder.Configuration, "data").AddEmbeddedSessionEngine(builder.Configuration);
builder.Services.AddAgentSessionsGateway(builder.Configuration);

WebApplication app = builder.Build();
app.MapAgentSessions();
app.Run();
