using System.Collections.Concurrent;
using System.Net.Sockets;
using AgentSessions.TestServer;

namespace AgentSessions.FakeModels;

/// <summary>A model provider on a real loopback socket that does what its script says, however badly that behaves.</summary>
/// <remarks>
/// Replies are taken in the order they were scripted, one per request and one request per connection. Without a scripted
/// reply, the handler given to <see cref="Start"/> answers; without a handler, a 400 with the code <c>unscripted</c> does.
/// </remarks>
public sealed class FakeModelServer : IAsyncDisposable
{
    private readonly ConcurrentQueue<FakeReply> _replies = new();
    private readonly List<FakeRequest> _requests = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiters = [];
    private readonly Func<FakeRequest, FakeReply>? _handler;
    private readonly LocalListener _listener;

    private FakeModelServer(Func<FakeRequest, FakeReply>? handler)
    {
        _handler = handler;
        _listener = new LocalListener(ExchangeAsync);
        Url = new Uri($"http://{_listener.Address}/");
    }

    /// <summary>Where the server listens, with a closing slash.</summary>
    public Uri Url { get; }

    /// <summary>Every request so far, in the order in which they were read.</summary>
    public IReadOnlyList<FakeRequest> Requests
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>Starts a server on a free port of 127.0.0.1.</summary>
    public static FakeModelServer Start(Func<FakeRequest, FakeReply>? handler = null) => new(handler);

    /// <summary>Adds replies to the end of the script.</summary>
    public FakeModelServer Reply(params FakeReply[] replies)
    {
        foreach (FakeReply reply in replies)
        {
            _replies.Enqueue(reply);
        }

        return this;
    }

    /// <summary>Completes when this many requests have arrived in all.</summary>
    public Task RequestsReachAsync(int count)
    {
        lock (_requests)
        {
            TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_requests.Count >= count)
            {
                reached.SetResult();
            }

            _waiters.Add((count, reached));
            return reached.Task;
        }
    }

    /// <summary>Stops listening and drops every connection.</summary>
    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async Task ExchangeAsync(Socket socket, CancellationToken stopping)
    {
        using (socket)
        {
            try
            {
                socket.NoDelay = true;
                if (await RequestReader.ReadAsync(socket, stopping) is not { } request)
                {
                    return;
                }

                FakeReply reply = Record(request);
                bool whole = await ReplyWriter.WriteAsync(socket, reply, request.ClientGone, stopping);
                if (!whole && reply.Cut == CutStyle.Reset)
                {
                    socket.LingerState = new LingerOption(true, 0);
                    socket.Close();
                }
                else
                {
                    socket.Shutdown(SocketShutdown.Send);
                    await request.ClientGone.WaitAsync(stopping);
                }
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The client left, or the server stops: nothing to tell anyone.
            }
        }
    }

    private FakeReply Record(FakeRequest request)
    {
        lock (_requests)
        {
            _requests.Add(request);
            foreach ((int count, TaskCompletionSource reached) in _waiters)
            {
                if (_requests.Count >= count)
                {
                    reached.TrySetResult();
                }
            }

            return _replies.TryDequeue(out FakeReply? scripted)
                ? scripted
                : _handler?.Invoke(request) ?? FakeReply.Json("""{"error":{"message":"nothing is scripted","code":"unscripted"}}""", 400);
        }
    }
}
