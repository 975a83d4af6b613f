using System.Net;
using System.Net.Sockets;

namespace AgentSessions.TestServer;

/// <summary>A port of 127.0.0.1 that is given to nobody else while this lives: a server may listen there, leave, and come back.</summary>
/// <remarks>
/// A port that was only found free is lost to whoever asks the system for one before the server listens. Linux gives a port that is bound
/// to nobody, lets a server that names it listen beside a socket that does not, and refuses connections while there is no server.
/// </remarks>
internal sealed class HeldPort : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public HeldPort()
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Number = ((IPEndPoint)_socket.LocalEndPoint!).Port;
        if (!OperatingSystem.IsLinux())
        {
            // Elsewhere a server could not listen beside it.
            _socket.Dispose();
        }
    }

    public int Number { get; }

    public void Dispose() => _socket.Dispose();
}
