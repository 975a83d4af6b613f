using System.Net;
using System.Net.Sockets;

namespace AgentSessions.Orleans.Watch;

/// <summary>Where a node listens for others.</summary>
internal static class NodePort
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    /// <summary>Whether certainly nothing listens there: the machine answered, and refused. Silence is no refusal.</summary>
    public static async Task<bool> IsRefusedAsync(IPEndPoint node, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_patience);
        try
        {
            // A process may have no socket left to open.
            using var socket = new Socket(node.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(node, limit.Token);
            return false;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode == SocketError.ConnectionRefused;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
