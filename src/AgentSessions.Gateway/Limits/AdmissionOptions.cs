using System.ComponentModel.DataAnnotations;

namespace AgentSessions.Gateway.Limits;

/// <summary>How much is taken on at once; configuration section <c>AgentSessions:Admission</c>. What is more is refused with 503 and a hint, not queued.</summary>
/// <remarks>Counted on each node by itself.</remarks>
public sealed class AdmissionOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "AgentSessions:Admission";

    /// <summary>Creates and appends that wait for the store at the same time. Default 2,000, which is well under a second of work on one core.</summary>
    [Range(1, 1_000_000)]
    public int Writes { get; set; } = 2_000;

    /// <summary>Open event streams. Default 20,000, which is about half a gigabyte of memory.</summary>
    [Range(1, 10_000_000)]
    public int Readers { get; set; } = 20_000;
}
