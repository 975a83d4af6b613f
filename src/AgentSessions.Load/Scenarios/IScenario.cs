namespace AgentSessions.Load.Scenarios;

/// <summary>One kind of load, driven through its phases by a <see cref="MeasuredRun"/>.</summary>
internal interface IScenario : IDisposable
{
    /// <summary>Creates sessions and opens readers.</summary>
    Task SetUpAsync(CancellationToken cancellationToken);

    /// <summary>Loads the server. Once <paramref name="stop"/> is cancelled nothing new begins; ends when everything begun has ended.</summary>
    Task WorkAsync(CancellationToken stop);

    /// <summary>Gives up on what is still open and counts it as errors; the work ends at once.</summary>
    void Abort();
}
