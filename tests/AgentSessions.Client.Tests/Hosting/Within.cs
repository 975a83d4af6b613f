namespace AgentSessions.Client.Tests.Hosting;

/// <summary>How long a test waits for a fact before it fails.</summary>
internal static class Within
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>A token that ends a test that hangs.</summary>
    public static CancellationToken Time() => new CancellationTokenSource(Limit).Token;
}
