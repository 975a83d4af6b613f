using AgentSessions.Gateway.Auth;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Users;

/// <summary>Stops the start when a user cannot be as configured, and names the configuration key.</summary>
internal sealed class UsersValidator(KeyRing keys) : IValidateOptions<UsersOptions>
{
    public ValidateOptionsResult Validate(string? name, UsersOptions options)
    {
        var errors = new List<string>();
        UserTable.Read(options, errors);
        for (int i = 0; i < options.Users.Count; i++)
        {
            if (!keys.Environments.Contains(options.Users[i].Environment))
            {
                errors.Add($"{UsersOptions.Section}:Users:{i}:Environment: there is no such environment");
            }
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
