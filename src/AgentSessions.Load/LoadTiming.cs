namespace AgentSessions.Load;

/// <summary>The bounds every kind of load has in common.</summary>
public abstract record LoadTiming
{
    /// <summary>Time under load before anything is measured. Default zero.</summary>
    public TimeSpan Warmup { get; init; }

    /// <summary>Time measured. The run ends earlier when a count bounds it and is reached. Default 10 seconds.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time that turns begun in the measured time get to finish; what is open after it counts as an error. Default 30 seconds.</summary>
    public TimeSpan DrainLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time that creating sessions and opening readers may take; past it the run fails. Default two minutes.</summary>
    public TimeSpan SetupLimit { get; init; } = TimeSpan.FromMinutes(2);
}
