using AgentSessions.Benchmarks.Table;

namespace AgentSessions.Benchmarks.Growth;

/// <summary>Which series to measure, how far, and for how long.</summary>
internal sealed record GrowthOptions
{
    /// <summary>The server and where results go.</summary>
    public required TableOptions Table { get; init; }

    /// <summary>Names of series; empty for all.</summary>
    public IReadOnlyList<string> Series { get; init; } = [];

    /// <summary>No further step of a series begins after this.</summary>
    public required TimeSpan SeriesLimit { get; init; }

    /// <summary>Sizes above this are left out.</summary>
    public required int Most { get; init; }

    public IEnumerable<int> Steps(params int[] steps) => steps.Where(step => step <= Most);
}
