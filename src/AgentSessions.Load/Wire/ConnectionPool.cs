using System.Collections.Concurrent;

namespace AgentSessions.Load.Wire;

/// <summary>Connections to one address for short requests.</summary>
internal sealed class ConnectionPool(Uri address, int limit) : IDisposable
{
    private readonly ConcurrentStack<HttpConnection> _idle = new();
    private readonly ConcurrentDictionary<HttpConnection, byte> _busy = new();
    private readonly SemaphoreSlim _room = new(limit);
    private volatile bool _disposed;

    /// <summary>Sends a request and reads the whole answer. One that meets a connection the server has closed is sent again.</summary>
    /// <remarks>So requests carry what makes a repeat harmless: an external id or a part id.</remarks>
    public async ValueTask<HttpAnswer> SendAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        await _room.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (_idle.TryPop(out HttpConnection? kept))
            {
                try
                {
                    return await ExchangeAsync(kept, request).ConfigureAwait(false);
                }
                catch (IOException) when (!_disposed)
                {
                    // Closed by the server while it lay idle.
                }
            }

            HttpConnection fresh = await HttpConnection.OpenAsync(address, cancellationToken).ConfigureAwait(false);
            return await ExchangeAsync(fresh, request).ConfigureAwait(false);
        }
        finally
        {
            _room.Release();
        }
    }

    /// <summary>Closes every connection; requests in flight fail.</summary>
    public void Dispose()
    {
        _disposed = true;
        foreach (HttpConnection connection in _idle.Concat(_busy.Keys))
        {
            connection.Dispose();
        }
    }

    private async ValueTask<HttpAnswer> ExchangeAsync(HttpConnection connection, ReadOnlyMemory<byte> request)
    {
        bool reusable = false;
        _busy.TryAdd(connection, 0);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            ResponseHead head = await connection.SendAsync(request).ConfigureAwait(false);
            while (await connection.ReadMoreAsync().ConfigureAwait(false))
            {
            }

            reusable = connection.Reusable && !_disposed;
            return new HttpAnswer(head.Status, connection.Body.ToArray(), head.RetryAfter);
        }
        finally
        {
            _busy.TryRemove(connection, out _);
            if (reusable)
            {
                _idle.Push(connection);
            }
            else
            {
                connection.Dispose();
            }
        }
    }
}

/// <summary>A whole answer.</summary>
internal readonly record struct HttpAnswer(int Status, byte[] Body, TimeSpan? RetryAfter);
