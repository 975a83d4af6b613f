using AgentSessions.Gateway;
using AgentSessions.Samples.Approvals;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Services.AddAgentSessionsModels(builder.Configuration);
builder.Services.AddSingleton<IOrders, OrderBook>();
builder.Services.AddAgentSessions().AddAgent<ShopAgent>("shop");
builder.Services.AddEmbeddedSessionStore(builder.Configuration, "data").AddEmbeddedSessionEngine(builder.Configuration);
builder.Services.AddAgentSessionsGateway(builder.Configuration);

WebApplication app = builder.Build();
app.MapAgentSessions();
app.Run();
