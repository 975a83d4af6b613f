namespace AgentSessions.Simulation.Tests.Model;

/// <summary>The rules of the protocol, each of which can be left out to see what it is for.</summary>
internal sealed record ModelRules
{
    /// <summary>Whatever a run writes names the run version of its claim.</summary>
    public bool RunsNameTheirVersion { get; init; } = true;

    /// <summary>Whatever decides about the row names the version it was read at.</summary>
    public bool OwnersNameTheirVersion { get; init; } = true;

    /// <summary>Whatever lets go of the session names the tail of <c>in</c> it has seen.</summary>
    public bool EndsNameTheTail { get; init; } = true;

    /// <summary>Whatever takes the session over names the last boundary it has seen: a run writes them without touching the row.</summary>
    public bool ClaimsNameTheBoundary { get; init; } = true;

    /// <summary>A message that finds no run is stored together with the claim of one.</summary>
    public bool ClaimsRideWithMessages { get; init; } = true;

    /// <summary>A run that ends looks for messages that are owed, and its end claims the successor.</summary>
    public bool EndsHandOver { get; init; } = true;

    /// <summary>A process that starts looks after sessions whose run is nowhere.</summary>
    public bool StartsRecover { get; init; } = true;
}
