using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;

namespace AgentSessions.Testing;

/// <summary>Collects facts about the runs of one session and lets a test wait for them.</summary>
internal sealed class TestObserver(SessionKey session) : IRunObserver
{
    private readonly Lock _gate = new();
    private readonly List<string> _hooks = [];
    private readonly List<(string RunId, RunEnd End)> _ended = [];
    private readonly List<(Func<bool> Holds, TaskCompletionSource Source)> _waiting = [];
    private long _floor = -1;
    private long _received = -1;
    private int _turns;
    private (string RunId, TimeSpan Limit)? _wait;

    public IReadOnlyList<string> Hooks
    {
        get
        {
            lock (_gate)
            {
                return [.. _hooks];
            }
        }
    }

    public IReadOnlyList<(string RunId, RunEnd End)> EndedRuns
    {
        get
        {
            lock (_gate)
            {
                return [.. _ended];
            }
        }
    }

    public int Turns => _turns;

    public void HookCalled(RunStart run, string hook) => Change(run, () => _hooks.Add(hook));

    public void Received(RunStart run, long sequence) => Change(run, () => _received = Math.Max(_received, sequence));

    public void TurnEnded(RunStart run, TurnOutcome outcome, long resumeFloor) => Change(run, () =>
    {
        _wait = null;
        if (outcome is not (TurnOutcome.HandedOver or TurnOutcome.Aborted))
        {
            _floor = resumeFloor;
            _turns++;
        }
    });

    public void Waiting(RunStart run, TimeSpan limit) => Change(run, () => _wait = (run.Run.Id, limit));

    public void Ended(RunStart run, RunEnd end) => Change(run, () =>
    {
        _wait = _wait?.RunId == run.Run.Id ? null : _wait;
        _ended.Add((run.Run.Id, end));
    });

    /// <summary>Forgets a wait that something new is about to end.</summary>
    public void Disturb() => Change(() => _wait = null);

    public Task TurnThroughAsync(long sequence) => UntilAsync(() => _floor >= sequence, $"a turn that consumes input {sequence}");

    public Task ReceivedAsync(long sequence) => UntilAsync(() => _received >= sequence, $"run that has taken in input {sequence}");

    public Task TurnsAsync(int count) => UntilAsync(() => _turns >= count, $"{count} turns");

    public Task IdleAsync() => UntilAsync(() => _wait is not null, "a run that waits for input");

    public Task WaitingAsync(TimeSpan limit) => UntilAsync(() => _wait?.Limit == limit, $"a run that waits for {limit}");

    public Task EndedAsync(int count) => UntilAsync(() => _ended.Count >= count, $"{count} runs that have ended");

    public Task HookAsync(string hook, int count) => UntilAsync(() => _hooks.Count(called => called == hook) >= count, $"{count} calls of {hook}");

    /// <summary>Looks again at what tests wait for, after something outside changed.</summary>
    public void Touch() => Change(static () => { });

    public async Task UntilAsync(Func<bool> holds, string what)
    {
        TaskCompletionSource source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (holds())
            {
                return;
            }

            _waiting.Add((holds, source));
        }

        try
        {
            await source.Task.WaitAsync(AgentTestHost.Patience);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"There was no {what} within {AgentTestHost.Patience}. Hooks so far: {string.Join(", ", Hooks)}.");
        }
    }

    private void Change(RunStart run, Action change)
    {
        if (run.Session.Key == session)
        {
            Change(change);
        }
    }

    private void Change(Action change)
    {
        lock (_gate)
        {
            change();
            foreach ((Func<bool> holds, TaskCompletionSource source) in _waiting.ToArray())
            {
                if (holds())
                {
                    source.TrySetResult();
                }
            }

            _waiting.RemoveAll(static waiting => waiting.Source.Task.IsCompleted);
        }
    }
}
