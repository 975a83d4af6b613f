using System.Globalization;
using System.Net.ServerSentEvents;
using AgentSessions.Client.Connections;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Client.Http;

/// <summary>A reading window over server-sent events.</summary>
/// <remarks>
/// Bytes are taken from the connection as the caller asks for records, so a slow caller fills the connection's buffers and the server waits.
/// Only while a read waits does the stall limit run.
/// </remarks>
internal sealed class HttpSessionTail : ISessionTail
{
    private readonly HttpResponseMessage _response;
    private readonly HttpConnectionOptions _options;
    private readonly CancellationToken _callers;
    private readonly CancellationTokenSource _ending;
    private readonly ITimer _stall;
    private readonly IAsyncEnumerator<SseItem<WindowEvent>> _events;

    private HttpSessionTail(HttpResponseMessage response, Stream body, HttpConnectionOptions options, CancellationToken cancellationToken)
    {
        _response = response;
        _options = options;
        _callers = cancellationToken;
        _ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _stall = options.Time.CreateTimer(static ending => ((CancellationTokenSource)ending!).Cancel(), _ending, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _events = SseParser.Create(body, WindowEvent.Parse).EnumerateAsync(_ending.Token).GetAsyncEnumerator(_ending.Token);
    }

    public bool IsSettled => Header("X-Session-Settled") == "true";

    public Cursor? IdleAt =>
        long.TryParse(Header("X-Session-Idle"), NumberStyles.None, CultureInfo.InvariantCulture, out long tail) ? new Cursor(tail) : null;

    /// <summary>Takes over a response whose headers are there.</summary>
    public static async ValueTask<ISessionTail> OpenAsync(HttpResponseMessage response, HttpConnectionOptions options, CancellationToken cancellationToken)
    {
        try
        {
            if (response.Content.Headers.ContentType?.MediaType != "text/event-stream")
            {
                throw new SessionException(SessionErrorCode.ServerUnreachable, "Something else than the server answered: the body is no event stream");
            }

            Stream body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            return new HttpSessionTail(response, body, options, cancellationToken);
        }
        catch (Exception exception)
        {
            response.Dispose();
            if (HttpErrors.IsBroken(exception, cancellationToken))
            {
                throw HttpErrors.Unreachable(exception);
            }

            throw;
        }
    }

    public async ValueTask<IReadOnlyList<StreamRecord>?> ReadAsync()
    {
        try
        {
            while (await MoveNextAsync().ConfigureAwait(false))
            {
                switch (_events.Current.Data)
                {
                    case WindowEvent.Batch { Records.Count: > 0 } batch:
                        return batch.Records;
                    case WindowEvent.Over:
                        return null;
                    case WindowEvent.Failed failed:
                        throw new SessionException(SessionErrorCode.ServerUnreachable, $"The server could not go on reading: {failed.Text}");
                }
            }
        }
        catch (Exception exception) when (HttpErrors.IsBroken(exception, _callers))
        {
            throw HttpErrors.Unreachable(exception);
        }

        // A proxy that gives up closes as cleanly as a server; only the end marker tells that the window is over.
        throw new SessionException(SessionErrorCode.ServerUnreachable, "The connection was closed before the window was over");
    }

    public async ValueTask DisposeAsync()
    {
        await _stall.DisposeAsync().ConfigureAwait(false);
        _response.Dispose();
        await _events.DisposeAsync().ConfigureAwait(false);
        _ending.Dispose();
    }

    private string? Header(string name) => _response.Headers.TryGetValues(name, out IEnumerable<string>? values) ? values.First() : null;

    private async ValueTask<bool> MoveNextAsync()
    {
        _stall.Change(_options.StallTimeout, Timeout.InfiniteTimeSpan);
        bool moved = await _events.MoveNextAsync().ConfigureAwait(false);
        _stall.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        return moved;
    }
}
