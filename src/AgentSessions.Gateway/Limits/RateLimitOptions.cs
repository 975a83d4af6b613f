using System.ComponentModel.DataAnnotations;

namespace AgentSessions.Gateway.Limits;

/// <summary>How often may be appended and created; configuration section <c>AgentSessions:RateLimits</c>. All off by default.</summary>
/// <remarks>Counted on each node by itself.</remarks>
public sealed class RateLimitOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "AgentSessions:RateLimits";

    /// <summary>Appends to one session in a window; 0 for no limit.</summary>
    [Range(0, int.MaxValue)]
    public int AppendsPerSession { get; set; }

    /// <summary>Appends in one environment in a window; 0 for no limit.</summary>
    [Range(0, int.MaxValue)]
    public int AppendsPerEnvironment { get; set; }

    /// <summary>Creates of one external id in a window; 0 for no limit.</summary>
    [Range(0, int.MaxValue)]
    public int CreatesPerSession { get; set; }

    /// <summary>Creates in one environment in a window; 0 for no limit.</summary>
    [Range(0, int.MaxValue)]
    public int CreatesPerEnvironment { get; set; }

    /// <summary>How long a window is; every limit refills as a whole when it is over. Default 1 minute.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "1.00:00:00")]
    public TimeSpan Window { get; set; } = TimeSpan.FromMinutes(1);
}
