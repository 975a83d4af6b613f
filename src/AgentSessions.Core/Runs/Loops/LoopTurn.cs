using System.Text.Json;
using AgentSessions.Agents;
using AgentSessions.Core.Runs.Input;
using AgentSessions.Core.Runs.State;
using AgentSessions.Core.Turns;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Core.Runs.Loops;

/// <summary>One turn of a session loop, on top of the turn that managed agents have.</summary>
internal sealed class LoopTurn : ISessionTurnRuntime, IDisposable
{
    private readonly RunState _run;
    private readonly TurnRunner _turns;
    private readonly InputRecord _record;
    private readonly Turn _turn;
    private bool _isDone;

    public LoopTurn(RunState run, TurnRunner turns, InputRecord record)
    {
        _run = run;
        _turns = turns;
        _record = record;
        _turn = turns.Open(record);
        _turn.Context = run.Hooks.Contexts.Turn(_turn, null);
        Output = new TurnOutput(_turn);
    }

    public ITurnRuntime Turn => _turn;

    public TurnOutput Output { get; }

    public JsonElement? Action => _record.Action;

    public JsonSerializerOptions Json => _run.Options.Json;

    public CancellationToken Ending => _turn.Ending;

    /// <summary>Says on <c>out</c> that the turn begins, if whoever asked for it wants to know.</summary>
    public ValueTask BeginAsync() => TurnReceipts.BeginAsync(_turn);

    /// <summary>Takes the message into the history. What cannot be read fails its turn and is passed over.</summary>
    /// <returns>Whether there is a turn for the author.</returns>
    public async Task<bool> TakeInAsync()
    {
        try
        {
            if (_record.Fault is { } fault)
            {
                throw new AgentUserException(fault);
            }

            await _turn.OpenBudgetAsync(_turn.Ending);
            await _turn.TakePrefaceAsync();
            await _turn.ReadGuidanceAsync();
            TakeIn();
        }
        catch (AgentUserException exception)
        {
            await DoneAsync(exception);
            return false;
        }

        return true;
    }

    public SessionMessage ToMessage() => new()
    {
        Sequence = _record.Sequence,
        Trigger = _turn.Trigger,
        Payload = _record.Payload,
        Message = _record.Message,
        StopRequested = _turn.Ending,
    };

    public async Task<UIMessage?> CompleteAsync(IAsyncEnumerable<ChatResponseUpdate> source, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(_turn.Ending, cancellationToken);
        Exception? error = null;
        try
        {
            await ((ITurnRuntime)_turn).StreamAsync(source, ending.Token);
        }
        catch (OperationCanceledException) when (_turn.IsStopped && !_run.RunAborted.IsCancellationRequested)
        {
            _turn.IsInterrupted = true;
        }
        catch (Exception exception) when (!_run.RunAborted.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            error = _turn.Exceeded ?? exception;
        }

        await DoneAsync(error);
        return _turn.Response;
    }

    public async Task DoneAsync(Exception? error)
    {
        if (!_isDone)
        {
            _isDone = true;
            try
            {
                await _turns.FinishAsync(_turn, error);
            }
            finally
            {
                Dispose();
            }
        }
    }

    /// <summary>Leaves the turn as it is: completed, or cut off with its run.</summary>
    public void Dispose() => _turn.Dispose();

    public void AddResponse(UIMessage response)
    {
        _run.Conversation.Put(response);
        _run.Lane.Rebuild();
        _turn.ForgetMessages();
    }

    public void SetMessages(IReadOnlyList<UIMessage> messages)
    {
        _run.Conversation.Replace(messages);
        _run.Lane.Rebuild();
        _turn.ForgetMessages();
    }

    private void TakeIn()
    {
        if (_record.Trigger == InputTrigger.Regenerate)
        {
            _run.Conversation.TruncateTrailingAnswers();
        }
        else if (_record.Message is { } message)
        {
            UIMessageMergeResult result = UIMessageMerge.Merge(_run.Conversation, UIMessageClean.CleanIncoming(message));
            result.ThrowIfRefused();
            if (result.Kind is UIMessageMergeKind.Appended or UIMessageMergeKind.Merged)
            {
                _run.Conversation.Put(result.Message!);
            }

            _turn.AddNew(result.Message!.Id);
        }
    }
}
