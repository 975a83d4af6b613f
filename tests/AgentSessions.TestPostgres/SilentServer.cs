using System.Net;
using System.Net.Sockets;

namespace AgentSessions.TestPostgres;

/// <summary>A server that hangs: whoever connects hears nothing, not even a refusal.</summary>
public sealed class SilentServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    /// <summary>Listens from now on.</summary>
    public SilentServer() => _listener.Start();

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Whether somebody came since the last look.</summary>
    public bool WasAsked()
    {
        bool wasAsked = false;
        while (_listener.Pending())
        {
            _listener.AcceptSocket().Dispose();
            wasAsked = true;
        }

        return wasAsked;
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();
}
