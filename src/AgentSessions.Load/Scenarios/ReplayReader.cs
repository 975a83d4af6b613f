using System.Net.Sockets;
using AgentSessions.Load.Checks;
using AgentSessions.Load.Wire;

namespace AgentSessions.Load.Scenarios;

/// <summary>Reads the same finished turn again and again, on one connection where the server allows it.</summary>
internal sealed class ReplayReader : IStreamListener, IDisposable
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);

    private readonly LoadEndpoint _endpoint;
    private readonly LoadMeter _meter;
    private readonly TimeProvider _time;
    private readonly byte[] _request;
    private readonly long _firstSequence;
    private HttpConnection? _connection;
    private long _begun;
    private bool _complete;
    private volatile bool _disposed;

    /// <param name="endpoint">Where to read.</param>
    /// <param name="session">External id.</param>
    /// <param name="firstSequence">Sequence number of the turn's first delta.</param>
    /// <param name="chunksPerTurn">Deltas in the turn.</param>
    /// <param name="meter">Where to report.</param>
    /// <param name="time">For the wait after a failure.</param>
    public ReplayReader(LoadEndpoint endpoint, string session, long firstSequence, int chunksPerTurn, LoadMeter meter, TimeProvider time)
    {
        (_endpoint, _meter, _time, _firstSequence) = (endpoint, meter, time, firstSequence);
        _request = endpoint.Requests.Tail(session, firstSequence > 0 ? firstSequence - 1 : null, settled: true);
        Check = new StreamCheck(this);
        Check.Expect(chunksPerTurn);
    }

    public StreamCheck Check { get; }

    public async Task ReplayAsync()
    {
        try
        {
            await ReadTurnAsync().ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is IOException or SocketException or ObjectDisposedException or InvalidDataException)
        {
            if (!_disposed)
            {
                Close();
                _meter.Errors.Add("replay cut");
                await Task.Delay(RetryDelay, _time).ConfigureAwait(false);
            }
        }
    }

    public void OnFirstChunk(long sequence) => _meter.OnFirstChunk(_begun);

    public void OnTurnComplete() => _complete = true;

    public void OnWindowEnd()
    {
    }

    public void OnError(string kind) => _meter.Errors.Add(kind);

    public void Dispose()
    {
        _disposed = true;
        _connection?.Dispose();
    }

    private async Task ReadTurnAsync()
    {
        _begun = _meter.Now;
        _complete = false;
        Check.StartAt(_firstSequence);
        HttpConnection connection = _connection ??= await HttpConnection.OpenAsync(_endpoint.Address, CancellationToken.None).ConfigureAwait(false);
        ObjectDisposedException.ThrowIf(_disposed, this);
        ResponseHead head = await connection.SendAsync(_request).ConfigureAwait(false);
        await Check.ReadAsync(connection).ConfigureAwait(false);
        if (head.Status != 200)
        {
            _meter.Errors.Add($"replay {head.Status}");
        }
        else if (!_complete)
        {
            _meter.Errors.Add("replay incomplete");
        }
        else
        {
            _meter.OnTurn(_begun);
        }

        if (!connection.Reusable)
        {
            Close();
        }
    }

    private void Close()
    {
        _connection?.Dispose();
        _connection = null;
    }
}
