namespace AgentSessions.Server;

internal static partial class EngineSelection
{
    static partial void AddOrleansEngine(IServiceCollection services, IConfiguration configuration, ref bool isIncluded)
    {
        isIncluded = true;
        services.AddOrleansSessionEngine(configuration);
    }
}
