using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Auth;

/// <summary>Stops the start when a key is missing or wrong, and names its configuration key.</summary>
internal sealed class EnvironmentsValidator : IValidateOptions<EnvironmentsOptions>
{
    public ValidateOptionsResult Validate(string? name, EnvironmentsOptions options)
    {
        var errors = new List<string>();
        SecretKeyReader.Read(options, errors);
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
