namespace AgentSessions.Load;

/// <summary>The server under load and the credential to use on it.</summary>
public sealed record LoadTarget
{
    /// <summary>Base addresses, <c>http</c> or <c>https</c>, at least one. A session is created through one address, appended to
    /// through the next and tailed through the one after that, so that several addresses of one cluster are crossed by every turn.</summary>
    public required IReadOnlyList<Uri> Addresses { get; init; }

    /// <summary>Secret key of the environment; sent as a bearer credential on every call.</summary>
    public required string SecretKey { get; init; }

    /// <summary>Agent that understands <c>go COUNT DELAY_MS</c> and answers with numbered text deltas. Default <c>load</c>.</summary>
    public string Agent { get; init; } = "load";

    /// <summary>Requests in flight per address at most, readers not counted. Default 512; a call beyond it waits its turn.</summary>
    public int MaxRequestConnections { get; init; } = 512;
}
