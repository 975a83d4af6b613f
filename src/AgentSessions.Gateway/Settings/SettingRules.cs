using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Settings;

/// <summary>Checks settings by their annotations and names each problem by its whole key, as an operator wrote it.</summary>
internal sealed class SettingRules<T>(string section) : IValidateOptions<T>
    where T : class
{
    public ValidateOptionsResult Validate(string? name, T options)
    {
        List<ValidationResult> problems = [];
        return Validator.TryValidateObject(options, new ValidationContext(options), problems, validateAllProperties: true)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(problems.Select(Explain));
    }

    private string Explain(ValidationResult problem)
    {
        string member = problem.MemberNames.FirstOrDefault() ?? "";
        string subject = $"The field {member} ";
        return problem.ErrorMessage is { } message && message.StartsWith(subject, StringComparison.Ordinal)
            ? $"{section}:{member} {message[subject.Length..].TrimEnd('.')}"
            : $"{section}:{member}: {problem.ErrorMessage}";
    }
}

/// <summary>Registers settings that are checked when the host starts.</summary>
internal static class SettingRulesExtensions
{
    /// <summary>Reads settings, and follows their changes. A value that cannot be read fails, also in an entry of a list or a map.</summary>
    /// <param name="builder">The settings.</param>
    /// <param name="configuration">The host's configuration.</param>
    /// <param name="section">Where they are in it.</param>
    public static OptionsBuilder<T> BindSettings<T>(this OptionsBuilder<T> builder, IConfiguration configuration, string section)
        where T : class =>
        builder.Configure(_ => SettingEntries.Check(configuration.GetSection(section), typeof(T))).Bind(configuration.GetSection(section));

    /// <summary>Checks the annotations at the start of the host.</summary>
    /// <param name="builder">The settings.</param>
    /// <param name="section">Where they are in the configuration.</param>
    public static OptionsBuilder<T> ValidateSettings<T>(this OptionsBuilder<T> builder, string section)
        where T : class
    {
        builder.Services.AddSingleton<IValidateOptions<T>>(new SettingRules<T>(section));
        return builder.ValidateOnStart();
    }
}
