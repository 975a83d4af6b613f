using System.Net.Sockets;
using AgentSessions.Load.Checks;
using AgentSessions.Load.Wire;

namespace AgentSessions.Load.Scenarios;

/// <summary>Tails one session's <c>out</c> and goes on after the last record seen whenever the server ends the response.</summary>
internal sealed class TailReader(LoadEndpoint endpoint, string session, StreamCheck check, LoadMeter meter, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan ReopenDelay = TimeSpan.FromMilliseconds(100);

    private HttpConnection? _connection;
    private volatile bool _disposed;

    /// <summary>Opens the stream; from here on no record can be missed.</summary>
    /// <exception cref="LoadException">The server refuses or cannot be reached.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        HttpConnection connection = await ConnectAsync(cancellationToken).ConfigureAwait(false);
        _connection?.Dispose();
        _connection = connection;
        if (_disposed)
        {
            connection.Dispose();
        }

        int status;
        try
        {
            status = (await connection.SendAsync(endpoint.Requests.Tail(session, check.LastSequence, settled: false)).ConfigureAwait(false)).Status;
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            throw new LoadException($"{endpoint.Address} closed a reader before it answered.", failure);
        }

        if (status != 200)
        {
            throw new LoadException($"Opening a reader answered {status}.");
        }
    }

    /// <summary>Reads until disposed.</summary>
    public async Task FollowAsync()
    {
        bool open = true;
        while (!_disposed)
        {
            try
            {
                if (!open)
                {
                    await OpenAsync(CancellationToken.None).ConfigureAwait(false);
                }

                await check.ReadAsync(_connection!).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is IOException or ObjectDisposedException or LoadException or InvalidDataException)
            {
                if (!_disposed)
                {
                    meter.Errors.Add(failure is LoadException ? "reader refused" : "reader cut");
                    await Task.Delay(ReopenDelay, time).ConfigureAwait(false);
                }
            }

            open = false;
        }
    }

    public void Dispose()
    {
        _disposed = true;
        _connection?.Dispose();
    }

    private async Task<HttpConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await HttpConnection.OpenAsync(endpoint.Address, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is SocketException or IOException)
        {
            throw new LoadException($"{endpoint.Address} cannot be reached: {failure.Message}", failure);
        }
    }
}
