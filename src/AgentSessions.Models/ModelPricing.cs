using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.AI;

namespace AgentSessions.Models;

/// <summary>What a model's tokens cost.</summary>
public sealed record ModelPricing
{
    /// <summary>The price of a million input tokens that were not cached. 0 or more, default 0.</summary>
    [Range(typeof(decimal), "0", "1000000", ParseLimitsInInvariantCulture = true)]
    public decimal InputPerMillion { get; init; }

    /// <summary>The price of a million input tokens read from the provider's cache. Default: <see cref="InputPerMillion"/>.</summary>
    [Range(typeof(decimal), "0", "1000000", ParseLimitsInInvariantCulture = true)]
    public decimal? CachedInputPerMillion { get; init; }

    /// <summary>The price of a million output tokens, reasoning included. 0 or more, default 0.</summary>
    [Range(typeof(decimal), "0", "1000000", ParseLimitsInInvariantCulture = true)]
    public decimal OutputPerMillion { get; init; }

    /// <summary>The currency of the prices, three letters. Default <c>USD</c>.</summary>
    [RegularExpression("[A-Z]{3}")]
    public string Currency { get; init; } = "USD";

    /// <summary>The count of <see cref="UsageDetails.AdditionalCounts"/> in which a configured client reports costs, in billionths of the currency.</summary>
    internal string CostCount => $"cost_nano_{Currency}";

    internal const decimal NanoPerUnit = 1_000_000_000;

    /// <summary>What the given tokens cost, in <see cref="Currency"/>. Counts that are missing count as 0; cached tokens are part of the input count.</summary>
    public decimal CostOf(UsageDetails usage)
    {
        ArgumentNullException.ThrowIfNull(usage);
        long input = usage.InputTokenCount ?? 0, cached = Math.Min(usage.CachedInputTokenCount ?? 0, input);
        return (((input - cached) * InputPerMillion) + (cached * (CachedInputPerMillion ?? InputPerMillion)) + ((usage.OutputTokenCount ?? 0) * OutputPerMillion)) / 1_000_000;
    }
}
