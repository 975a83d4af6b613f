namespace AgentSessions.Agents;

/// <summary>What a model's tokens cost.</summary>
public sealed record TokenPrice
{
    /// <summary>The price of a million input tokens.</summary>
    public decimal InputPerMillion { get; set; }

    /// <summary>The price of a million input tokens that the provider had cached. Default: <see cref="InputPerMillion"/>.</summary>
    public decimal? CachedInputPerMillion { get; set; }

    /// <summary>The price of a million output tokens.</summary>
    public decimal OutputPerMillion { get; set; }

    /// <summary>The price of a call.</summary>
    /// <param name="input">All input tokens.</param>
    /// <param name="cached">Those of them that were cached.</param>
    /// <param name="output">Output tokens.</param>
    public decimal Of(long input, long cached, long output)
    {
        cached = Math.Clamp(cached, 0, input);
        return (((input - cached) * InputPerMillion) + (cached * (CachedInputPerMillion ?? InputPerMillion)) + (output * OutputPerMillion)) / 1_000_000m;
    }
}
