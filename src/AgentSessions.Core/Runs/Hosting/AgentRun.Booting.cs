using AgentSessions.Agents;
using AgentSessions.Core.Runs.Input;
using AgentSessions.Core.Runs.State;
using AgentSessions.Core.Turns;
using AgentSessions.Core.Turns.Accounts;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Runs.Hosting;

/// <content>Booting: what is loaded, what is given up, and the agent's hooks.</content>
internal sealed partial class AgentRun
{
    /// <summary>Loads what the session holds. A message that too many runs died of is given up.</summary>
    /// <remarks>That is before anything of the agent's, since even its constructor may be what dies.</remarks>
    private async Task<OutReplayResult?> LoadAsync(RunState run, RunBoot boot, TurnRunner turns)
    {
        await boot.LoadInputAsync(_abort.Token);
        _hasBacklog = true;
        int tries = start.Progress.Deaths;
        OutReplayResult? replayed;
        try
        {
            run.MakeTranscriptStore();
            replayed = agent.Loop is null ? await boot.LoadPastAsync(_abort.Token) : null;
        }
        catch (Exception) when (tries >= run.MaxAttempts && !_abort.IsCancellationRequested)
        {
            // Nobody will ever answer it, and whoever sent it waits.
            await GiveUpAsync(run, turns, tries);
            throw;
        }

        if (agent.Loop is null)
        {
            // A message before the next one that keeps what it got of its answer was the death of another run.
            tries -= boot.TakeSettled();
        }

        return tries >= run.MaxAttempts && await GiveUpAsync(run, turns, tries) ? null : replayed;
    }

    /// <param name="run">The run.</param>
    /// <param name="turns">Ends its turn.</param>
    /// <param name="tries">How many runs died with it.</param>
    /// <returns>Whether there was a message to give up.</returns>
    private async Task<bool> GiveUpAsync(RunState run, TurnRunner turns, int tries)
    {
        InputRecord? poison;
        do
        {
            // A close before it was meant for the runs that died, and has no boundary.
            poison = _inbox.TryTakeAny();
        }
        while (poison is { Trigger: InputTrigger.Close });

        if (poison is null)
        {
            return false;
        }

        // To give it up is to store it, and what redacts it may be what runs die of; then it is told, and not stored.
        bool wasGivenUp = tries > run.MaxAttempts;
        await turns.GiveUpAsync(wasGivenUp ? poison.With(message: null) : poison);
        services.Observer?.TurnEnded(start, TurnOutcome.Failed, run.Progress.ResumeFloor);
        return true;
    }

    private IAgentHooks HooksOf(IAgentHooks instance, RunState run)
    {
        IAgentHooks hooks = new HookChain(agent.Options, instance);
        hooks = agent.Filters.Reverse().Aggregate(hooks, (inner, create) => new FilteredHooks(create(run.Services), inner));
        hooks = services.Observer is { } observer ? new ObservedHooks(hooks, start, observer) : hooks;
        return new AccountedHooks(hooks, run.Book);
    }
}
