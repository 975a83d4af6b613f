using System.Globalization;
using System.Text;
using System.Text.Json;
using AgentSessions.Client.Connections;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Client.Tests.Hosting;

/// <summary>A server of one session whose every record and failure the test decides.</summary>
internal sealed class ScriptedConnection : ISessionConnection
{
    private readonly Lock _lock = new();
    private readonly List<StreamRecord> _out = [];
    private readonly Queue<Exception> _appendFailures = new();
    private TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What was appended, in order, repeats of a part id left out.</summary>
    public List<JsonElement> In { get; } = [];

    public List<string> PartIds { get; } = [];

    public List<TailRequest> Windows { get; } = [];

    public List<SessionStart> Starts { get; } = [];

    public bool Exists { get; set; } = true;

    public bool IsSettled { get; set; } = true;

    /// <summary>Whether peeks that find the stream unsettled find that nothing is owed either.</summary>
    public bool IsIdle { get; init; }

    public IReadOnlyList<UIMessage> Transcript { get; init; } = [];

    /// <summary>Called with the sequence of each new input, before the append answers.</summary>
    public Action<ScriptedConnection, long, JsonElement>? OnInput { get; set; }

    /// <summary>What each append waits for before it is stored.</summary>
    public Func<JsonElement, Task>? BeforeInput { get; set; }

    /// <summary>Called with the number of each window once it is open.</summary>
    public Action<ScriptedConnection, int>? OnWindow { get; set; }

    /// <summary>What a window does at the end of what is stored: null to wait, else an end.</summary>
    public Func<int, WindowEnd>? AtEnd { get; set; }

    /// <summary>How many records a window hands out before it ends; null for all.</summary>
    public Func<int, int?>? RecordsInWindow { get; set; }

    public void FailAppend(Exception exception) => _appendFailures.Enqueue(exception);

    public ScriptedConnection Say(params UIMessageChunk[] chunks)
    {
        foreach (UIMessageChunk chunk in chunks)
        {
            Add($$"""{"data":{{JsonSerializer.Serialize(chunk, UIJson.Options)}},"id":"x"}""");
        }

        return this;
    }

    public ScriptedConnection Answer(string id, string text) => Say(
        new StartChunk(id), new StartStepChunk(), new TextStartChunk("t"), new TextDeltaChunk("t", text), new TextEndChunk("t"), new FinishStepChunk(), new FinishChunk());

    public ScriptedConnection Boundary(long? floor) => Add("", floor is long known
        ? [new(ControlHeaders.Control, ControlHeaders.TurnComplete), new(ControlHeaders.InEventId, known.ToString(CultureInfo.InvariantCulture))]
        : [new(ControlHeaders.Control, ControlHeaders.TurnComplete)]);

    public ScriptedConnection Closed(string reason) =>
        Add("", [new(ControlHeaders.Control, ControlHeaders.SessionClosed), new(ControlHeaders.ClosedReason, reason)]);

    public ScriptedConnection Add(string body, params RecordHeader[] headers)
    {
        lock (_lock)
        {
            _out.Add(new StreamRecord(_out.Count, 1000 + _out.Count, body, headers));
            _grown.TrySetResult();
            _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        return this;
    }

    /// <summary>Forgets all records, as a store restored from an older backup does; what comes then has later times.</summary>
    public void Restore(int keep)
    {
        lock (_lock)
        {
            _out.RemoveRange(keep, _out.Count - keep);
        }
    }

    /// <summary>A record with a time of its own.</summary>
    public void AddAt(long timestamp, UIMessageChunk chunk)
    {
        lock (_lock)
        {
            _out.Add(new StreamRecord(_out.Count, timestamp, $$"""{"data":{{JsonSerializer.Serialize(chunk, UIJson.Options)}},"id":"x"}""", []));
        }
    }

    public ValueTask<SessionStarted> StartAsync(SessionStart start, CancellationToken cancellationToken)
    {
        Starts.Add(start);
        bool isCached = Exists;
        Exists = true;
        return new(new SessionStarted("session_1", "run_1", "token", isCached));
    }

    public async ValueTask<long> AppendAsync(string session, ReadOnlyMemory<byte> input, string partId, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        JsonElement record = JsonElement.Parse(Encoding.UTF8.GetString(input.Span));
        await (BeforeInput?.Invoke(record) ?? Task.CompletedTask);
        if (!Exists)
        {
            throw new SessionException(SessionErrorCode.SessionNotFound, "Session not found");
        }

        int known = PartIds.IndexOf(partId);
        if (known < 0)
        {
            PartIds.Add(partId);
            In.Add(record);
            known = PartIds.Count - 1;
            OnInput?.Invoke(this, known, In[known]);
        }

        return _appendFailures.TryDequeue(out Exception? failure) ? throw failure : known;
    }

    public ValueTask<ISessionTail> OpenOutAsync(string session, TailRequest request, CancellationToken cancellationToken)
    {
        Windows.Add(request);
        var window = new Window(this, Windows.Count, request, cancellationToken);
        OnWindow?.Invoke(this, Windows.Count);
        return new(window);
    }

    public ValueTask<IReadOnlyList<UIMessage>> ReadTranscriptAsync(string session, int limit, CancellationToken cancellationToken) => new(Transcript);

    public ValueTask CloseAsync(string session, string? reason, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask CancelRunAsync(string runId, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    private sealed class Window(ScriptedConnection server, int number, TailRequest request, CancellationToken cancellationToken) : ISessionTail
    {
        private readonly bool _isSettled = request.PeeksSettled && server.IsSettled;
        private int _next = (int)Math.Min(request.From.Value, server._out.Count);
        private int _handed;

        public bool IsSettled => _isSettled;

        public Cursor? IdleAt { get; } = request.PeeksSettled && server is { IsSettled: false, IsIdle: true } ? new Cursor(server._out.Count) : null;

        public async ValueTask<IReadOnlyList<StreamRecord>?> ReadAsync()
        {
            while (true)
            {
                Task grown;
                lock (server._lock)
                {
                    if (_handed >= (server.RecordsInWindow?.Invoke(number) ?? int.MaxValue))
                    {
                        throw new SessionException(SessionErrorCode.ServerUnreachable, "cut");
                    }

                    if (_next < server._out.Count)
                    {
                        _handed++;
                        return [server._out[_next++]];
                    }

                    grown = server._grown.Task;
                }

                switch (_isSettled ? WindowEnd.Silent : server.AtEnd?.Invoke(number) ?? WindowEnd.Wait)
                {
                    case WindowEnd.Silent:
                        return null;
                    case WindowEnd.Cut:
                        throw new SessionException(SessionErrorCode.ServerUnreachable, "cut");
                    default:
                        await grown.WaitAsync(cancellationToken);
                        break;
                }
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

internal enum WindowEnd
{
    Wait,
    Silent,
    Cut,
}
