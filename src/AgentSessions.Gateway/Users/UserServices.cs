using AgentSessions.Gateway.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Users;

/// <summary>Registers the users.</summary>
internal static class UserServices
{
    public static void Add(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<IValidateOptions<UsersOptions>, UsersValidator>();
        services.AddOptions<UsersOptions>().BindSettings(configuration, UsersOptions.Section).ValidateOnStart();
        services.TryAddSingleton<IUserSource, ConfiguredUsers>();
        services.AddSingleton<UserAuthenticator>();
    }
}
