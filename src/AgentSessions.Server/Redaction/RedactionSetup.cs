using System.Globalization;
using AgentSessions.Core.Redaction;

namespace AgentSessions.Server.Redaction;

/// <summary>What an operator wants kept nowhere, from the section <c>AgentSessions:Redaction</c>.</summary>
internal static class RedactionSetup
{
    /// <exception cref="InvalidOperationException">A setting is wrong; the message names its key.</exception>
    public static void AddRedaction(this IServiceCollection services, IConfiguration configuration)
    {
        IConfigurationSection section = configuration.GetSection(RedactionOptions.Section);
        services.AddSingleton(new RedactionOptions { HoldBackCharacters = HoldBack(section) });
        if (PatternRedactor.Read(section.GetSection("Patterns")) is { } redactor)
        {
            services.AddSingleton<ITextRedactor>(redactor);
        }
    }

    private static int HoldBack(IConfigurationSection section) =>
        section[nameof(RedactionOptions.HoldBackCharacters)] is not string text ? new RedactionOptions().HoldBackCharacters
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int characters) && characters <= RedactionOptions.MaxHoldBackCharacters ? characters
        : throw new InvalidOperationException($"{section.Path}:{nameof(RedactionOptions.HoldBackCharacters)} must be 0 to {RedactionOptions.MaxHoldBackCharacters}");
}
