using System.ComponentModel.DataAnnotations;
using AgentSessions.Gateway.Auth;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Stagent.Settings;

/// <summary>Checks what annotations of <see cref="StagentOptions"/> do not reach; every failure names its configuration key.</summary>
internal sealed class StagentOptionsValidator(KeyRing keys) : IValidateOptions<StagentOptions>
{
    public ValidateOptionsResult Validate(string? name, StagentOptions options)
    {
        // Of a server without the default environment nobody is asked to name another one who uses no local user.
        List<string> faults = options.Environment is EnvironmentsOptions.DefaultEnvironment or null || keys.Environments.Contains(options.Environment)
            ? []
            : [$"{StagentOptions.Section}:{nameof(options.Environment)}: there is no such environment"];
        foreach ((string agent, AgentModelOptions model) in options.AgentModels)
        {
            List<ValidationResult> wrong = [];
            Validator.TryValidateObject(model, new ValidationContext(model), wrong, validateAllProperties: true);
            faults.AddRange(wrong.Select(result => $"{StagentOptions.Section}:{nameof(options.AgentModels)}:{agent}:{result.ErrorMessage}"));
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
