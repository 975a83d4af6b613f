using System.Runtime.CompilerServices;
using System.Text.Json;
using AgentSessions.Agents;
using AgentSessions.Core.Runs.Input;
using AgentSessions.Core.Runs.State;
using AgentSessions.Core.Turns;

namespace AgentSessions.Core.Runs.Loops;

/// <summary>A run whose turns the author drives: hands out input, opens a turn for each record, completes it.</summary>
/// <param name="run">The run.</param>
/// <param name="turns">Writes boundaries.</param>
/// <param name="next">Waits for the next record; answers null once the run has to end.</param>
internal sealed class SessionLoop(RunState run, TurnRunner turns, Func<Task<InputRecord?>> next)
    : IAgentSessionLoop, ISessionChannel, ISessionInput, ISessionOutput, IDisposable
{
    private LoopTurn? _current;

    public string SessionId => run.SessionId;

    public string ChatId => run.ChatId;

    public string RunId => run.RunId;

    public bool IsContinuation => run.IsContinuation;

    public JsonElement BootPayload => run.BootPayload;

    public IServiceProvider Services => run.Services;

    public ISessionChannel Channel => this;

    ISessionInput ISessionChannel.In => this;

    ISessionOutput ISessionChannel.Out => this;

    bool ISessionInput.HasPending => run.Inbox.Peek().Any(static record => record.Route == InputRoute.Message);

    TurnOutput ISessionOutput.Current => _current?.Output ?? throw new InvalidOperationException("No message is being answered.");

    public async IAsyncEnumerable<SessionTurn> Turns([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await OpenAsync(cancellationToken) is { } turn)
        {
            if (await turn.TakeInAsync())
            {
                yield return new SessionTurn(turn);
            }
        }
    }

    async ValueTask<SessionMessage?> ISessionInput.WaitAsync(CancellationToken cancellationToken) =>
        await OpenAsync(cancellationToken) is { } turn ? turn.ToMessage() : null;

    async IAsyncEnumerable<SessionMessage> ISessionInput.ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await OpenAsync(cancellationToken) is { } turn)
        {
            yield return turn.ToMessage();
        }
    }

    Task ISessionOutput.CompleteTurnAsync(Exception? error) => _current?.DoneAsync(error) ?? throw new InvalidOperationException("No message is being answered.");

    /// <summary>Completes what the author left open, for better or worse.</summary>
    public async Task CloseAsync(Exception? error)
    {
        if (_current is { } turn)
        {
            _current = null;
            await turn.DoneAsync(error);
        }
    }

    /// <summary>Leaves the turn that a cut off run has open.</summary>
    public void Dispose() => _current?.Dispose();

    private async Task<LoopTurn?> OpenAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await CloseAsync(error: null);
        if (await next() is not { } record)
        {
            return null;
        }

        _current = new LoopTurn(run, turns, record);
        await _current.BeginAsync();
        return _current;
    }
}
