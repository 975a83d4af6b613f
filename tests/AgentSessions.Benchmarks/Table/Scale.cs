namespace AgentSessions.Benchmarks.Table;

/// <summary>How large and how long the measurements are.</summary>
internal sealed record Scale
{
    /// <summary>The sizes the goals are stated for, in about a quarter of an hour.</summary>
    public static Scale Full { get; } = new();

    /// <summary>Everything once, in under a minute: shows that it works, not how fast it is.</summary>
    public static Scale Quick { get; } = new()
    {
        StartWarmup = TimeSpan.FromSeconds(0.5),
        Warmup = TimeSpan.FromSeconds(0.5),
        Window = TimeSpan.FromSeconds(1.5),
        PacedChunks = 25,
        HeldSteps = [200],
        CurveSteps = [10],
        IdleSessions = 1_000,
        IdleReaders = 500,
        DeactivatedSessions = 1_000,
        SettleTime = TimeSpan.FromSeconds(2),
        FanOutReaders = 200,
        FlushPairs = 100,
        TimeLimit = TimeSpan.FromMinutes(3),
    };

    /// <summary>
    /// Load on a server just started, until the runtime has compiled its code in the final form. That takes 8 to 9 s of its one core, of which the
    /// compiler gets a part: after 20 s it still ran, after 35 s it was done.
    /// </summary>
    public TimeSpan StartWarmup { get; init; } = TimeSpan.FromSeconds(40);

    public TimeSpan Warmup { get; init; } = TimeSpan.FromSeconds(2);

    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Deltas of an unpaced turn, and of a paced one: at 20 ms each the latter takes four seconds.</summary>
    public int UnpacedChunks { get; init; } = 200;

    public int PacedChunks { get; init; } = 200;

    public int PacedChats { get; init; } = 500;

    /// <summary>Numbers of paced chats tried for row 4, until one is not held.</summary>
    public IReadOnlyList<int> HeldSteps { get; init; } = [500, 750, 1_000, 1_500, 2_000];

    /// <summary>Numbers of unpaced chats for the picture, beside those of row 1.</summary>
    public IReadOnlyList<int> CurveSteps { get; init; } = [10, 200];

    public int ReplayChunks { get; init; } = 2_000;

    public int ReplayReaders { get; init; } = 50;

    public int IdleSessions { get; init; } = 10_000;

    public int IdleReaders { get; init; } = 2_000;

    public int DeactivatedSessions { get; init; } = 20_000;

    /// <summary>Time for a server to deactivate what idles, to trim, and to give memory back.</summary>
    public TimeSpan SettleTime { get; init; } = TimeSpan.FromSeconds(10);

    public int FanOutReaders { get; init; } = 1_000;

    public int FlushPairs { get; init; } = 1_000;

    /// <summary>The whole table ends after this, finished or not.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromMinutes(20);
}
