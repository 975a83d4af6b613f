using AgentSessions.Gateway;
using AgentSessions.Samples.TenLines;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Services.AddAgentSessionsModels(builder.Configuration);
builder.Services.AddAgentSessions().AddAgent("assistant", Assistant.RunAsync);
builder.Services.AddEmbeddedSessionStore(builder.Configuration, "data").AddEmbeddedSessionEngine(builder.Configuration);
builder.Services.AddAgentSessionsGateway(builder.Configuration);

WebApplication app = builder.Build();
app.MapAgentSessions();
app.Run();
