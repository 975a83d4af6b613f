namespace AgentSessions.Benchmarks.Table;

/// <summary>What to measure and against what.</summary>
internal sealed record TableOptions
{
    /// <summary>The server's assembly.</summary>
    public required string ServerDll { get; init; }

    /// <summary>Further arguments for the server, for instance another store.</summary>
    public IReadOnlyList<string> ServerArguments { get; init; } = [];

    /// <summary>Folder for the results; data directories are made below it and removed again, so its disk is the one measured.</summary>
    public required string Output { get; init; }

    /// <summary>The repository's root, whose README and docs get the table and the picture; null for none.</summary>
    public string? Publish { get; init; }

    /// <summary>Rows to measure; empty for all.</summary>
    public IReadOnlyList<int> Rows { get; init; } = [];

    /// <summary>Sizes and times.</summary>
    public required Scale Scale { get; init; }

    /// <summary>Whether row 9 is measured, on clusters of its own.</summary>
    public bool StartsClusters { get; init; }

    public bool Includes(int row) => Rows.Count == 0 || Rows.Contains(row);
}
