using System.ComponentModel.DataAnnotations;

namespace AgentSessions.Models.Calls;

/// <summary>How a failed call is tried again. Only what may help is (408, 409, 429, 5xx, network, time-outs), and only before the first delivered content.</summary>
public sealed class ModelRetryOptions
{
    /// <summary>How often a call is made in all. 1 to 20, default 4.</summary>
    [Range(1, 20)]
    public int MaxAttempts { get; set; } = 4;

    /// <summary>The wait before the second attempt; it doubles from there. Half of each wait is random. 0 to 1 minute, default 0.5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan BaseDelay { get; set; } = TimeSpan.FromSeconds(0.5);

    /// <summary>The longest wait between two attempts when the provider does not ask for one. 0 to 10 minutes, default 20 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>The longest wait that a provider's Retry-After is followed for; a longer one is cut to this. 0 to 1 hour, default 60 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan MaxRetryAfter { get; set; } = TimeSpan.FromSeconds(60);
}
