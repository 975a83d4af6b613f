using AgentSessions.Gateway.Auth;
using AgentSessions.Server.Settings;

namespace AgentSessions.Server;

/// <summary>The secret key of the default environment when the configuration holds none.</summary>
/// <param name="Path">The file that holds it.</param>
/// <param name="NewKey">The key, if this start made it.</param>
internal sealed record GeneratedSecretKey(string Path, string? NewKey)
{
    /// <summary>Makes or reads the key kept in the data directory, unless a key is configured.</summary>
    public static void AddGeneratedSecretKey(IServiceCollection services, ServerOptions options, IConfiguration configuration)
    {
        var configured = new EnvironmentsOptions();
        configuration.GetSection(EnvironmentsOptions.Section).Bind(configured);
        if (!configured.IsEmpty)
        {
            return;
        }

        if (options.Engine == EngineKind.Orleans)
        {
            throw new InvalidOperationException("AgentSessions:SecretKey must be set with AgentSessions:Engine=Orleans; a generated key would differ from node to node");
        }

        string path = System.IO.Path.Combine(options.DataDirectory, GeneratedKeyFile.Name);
        services.AddSingleton(new GeneratedSecretKey(path, GeneratedKeyFile.Ensure(options.DataDirectory)));
        services.PostConfigure<EnvironmentsOptions>(environments => environments.SecretKeyFile = path);
    }
}
