namespace AgentSessions.Load.Wire;

/// <summary>One address of the server: its requests and the connections that carry them.</summary>
internal sealed class LoadEndpoint(LoadTarget target, Uri address) : IDisposable
{
    private readonly ConnectionPool _pool = new(address, target.MaxRequestConnections);

    public Uri Address => address;

    public ProtocolRequests Requests { get; } = new(target, address);

    public ValueTask<HttpAnswer> SendAsync(byte[] request, CancellationToken cancellationToken) => _pool.SendAsync(request, cancellationToken);

    public void Dispose() => _pool.Dispose();
}
