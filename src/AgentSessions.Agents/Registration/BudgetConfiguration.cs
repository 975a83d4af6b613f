using Microsoft.Extensions.Configuration;

namespace AgentSessions.Agents;

/// <summary>Reads budgets from configuration.</summary>
internal static class BudgetConfiguration
{
    /// <exception cref="InvalidOperationException">A value is unusable; the message names its key.</exception>
    public static void Apply(IConfigurationSection section, BudgetOptions options)
    {
        Apply(section.GetSection(nameof(options.Turn)), options.Turn);
        Apply(section.GetSection(nameof(options.Session)), options.Session);
        Apply(section.GetSection(nameof(options.User)), options.User);
        Apply(section.GetSection(nameof(options.Environment)), options.Environment);
        ConfigurationValues.Number(section, nameof(options.DefaultMaxOutputTokens), value => options.DefaultMaxOutputTokens = value);
        foreach (IConfigurationSection price in section.GetSection(nameof(options.Prices)).GetChildren())
        {
            var prices = new TokenPrice();
            ConfigurationValues.Money(price, nameof(prices.InputPerMillion), value => prices.InputPerMillion = value);
            ConfigurationValues.Money(price, nameof(prices.CachedInputPerMillion), value => prices.CachedInputPerMillion = value);
            ConfigurationValues.Money(price, nameof(prices.OutputPerMillion), value => prices.OutputPerMillion = value);
            options.Prices[price.Key] = prices;
        }
    }

    /// <inheritdoc cref="Apply(IConfigurationSection, BudgetOptions)"/>
    public static void Apply(IConfigurationSection section, BudgetLimits limits)
    {
        ConfigurationValues.Count(section, nameof(limits.Tokens), value => limits.Tokens = value);
        ConfigurationValues.Money(section, nameof(limits.Money), value => limits.Money = value);
        ConfigurationValues.Duration(section, nameof(limits.WallTime), value => limits.WallTime = value);
        ConfigurationValues.Count(section, nameof(limits.ToolCalls), value => limits.ToolCalls = (int)Math.Min(value, int.MaxValue));
        ConfigurationValues.Choice<BudgetPeriod>(section, nameof(limits.Period), value => limits.Period = value);
    }
}

/// <summary>Budgets that code sets.</summary>
internal sealed record BudgetRegistration(Action<BudgetOptions> Configure);
