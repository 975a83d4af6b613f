using AgentSessions.Benchmarks.Table;

namespace AgentSessions.Benchmarks.Growth;

/// <summary>One size that is raised step by step on one server.</summary>
internal interface IGrowthSeries
{
    string Name { get; }

    string Title { get; }

    string[] Columns { get; }

    int[] Sizes { get; }

    /// <summary>Brings the server to a size, coming from the one before, and measures there.</summary>
    /// <returns>A row of the table, or null when the size was not reached in the time left.</returns>
    Task<string[]?> MeasureAsync(Lab lab, Subject server, int size, TimeSpan left);
}
