namespace AgentSessions.Cli.Connections;

/// <summary>A server and the secret key to use on it.</summary>
internal sealed record ServerAddress(Uri Url, string SecretKey)
{
    // The key stays out of every text this could end up in.
    public override string ToString() => Url.ToString();
}
