namespace AgentSessions.Benchmarks.Sizing;

/// <summary>What one thing costs: processor time as the table measured it on a machine with much other work, so rather too high; sizes as its goals state them.</summary>
internal sealed record SizingConstants
{
    /// <summary>Processor time of a silo for a million chunks that models pace, the readers' share included.</summary>
    public double CpuSecondsPerMillionChunks { get; init; } = 35;

    /// <summary>Processor time of one turn besides its chunks: append, claim or wake-up, boundary.</summary>
    public double CpuMillisecondsPerTurn { get; init; } = 1.6;

    /// <summary>Chunks a model makes in a second, and how long a turn takes.</summary>
    public double ChunksPerSecond { get; init; } = 50;

    public double SecondsPerTurn { get; init; } = 4;

    /// <summary>Memory of a live turn with its run, its window and one reader.</summary>
    public double LiveTurnKilobytes { get; init; } = 120;

    /// <summary>Memory of a session between its last use and its deactivation, and how long that is.</summary>
    public double IdleSessionKilobytes { get; init; } = 12;

    public double IdleSeconds { get; init; } = 60;

    /// <summary>Disk of a stored session after trimming: row, runs, transcript of ten messages, the last two turns of <c>out</c>.</summary>
    public double StoredSessionKilobytes { get; init; } = 40;

    /// <summary>Bytes a chunk takes to the reader, and to the database.</summary>
    public double WireBytesPerChunk { get; init; } = 130;

    public double DatabaseBytesPerChunk { get; init; } = 160;

    /// <summary>A transaction's flush, and what each append in it adds, in milliseconds.</summary>
    public double FlushMilliseconds { get; init; } = 2;

    public double AppendMilliseconds { get; init; } = 0.02;

    /// <summary>The share of a processor or a database that is planned to be used.</summary>
    public double Load { get; init; } = 0.6;

    /// <summary>Cores and memory of one silo.</summary>
    public int SiloCores { get; init; } = 8;

    public double SiloGigabytes { get; init; } = 32;
}
