namespace AgentSessions.Simulation.Tests.Model;

/// <summary>All that can happen next: each step is one call of the store, or a crash.</summary>
internal sealed class ModelSteps(ModelRules rules)
{
    public IEnumerable<(string Step, ModelState State)> From(ModelState state)
    {
        for (int owner = 0; owner < 2; owner++)
        {
            foreach ((string step, ModelState next) in Recover(state, owner).Concat(Append(state, owner)).Concat(Crash(state, owner)))
            {
                yield return ($"{step} at {owner}", next);
            }

            foreach (ModelRun run in state.Owner(owner).Runs.List)
            {
                foreach ((string step, ModelState next) in Live(state, owner, run))
                {
                    yield return ($"run {run.Version} {step} at {owner}", next);
                }
            }
        }
    }

    /// <summary>An append: read the session, then commit the message and, if no run lives here, the claim of one.</summary>
    private IEnumerable<(string Step, ModelState State)> Append(ModelState state, int index)
    {
        ModelOwner owner = state.Owner(index);
        if (owner.IsBusy || owner.MustRecover || (state.Messages == 0 && !owner.OwesClaim))
        {
            yield break;
        }

        if (owner.Read is not { } read)
        {
            yield return ("reads", state.With(index, owner with { Read = state.Store }));
            yield break;
        }

        bool claims = !read.IsLive || !owner.Hosts(read.RunVersion);
        if (!IsCurrent(state.Store, read) || state.Store.In != read.In || (claims && !KnowsBoundary(state.Store, read)))
        {
            yield return ("is overtaken", state.With(index, owner with { Read = null }));
            yield break;
        }

        if (owner.OwesClaim)
        {
            yield return ("claims", Claim(state, index, owner with { OwesClaim = false }, read.Floor));
            yield break;
        }

        ModelState stored = state with { Messages = state.Messages - 1, Store = state.Store with { In = state.Store.In + 1 } };
        if (!claims || !rules.ClaimsRideWithMessages)
        {
            // Without the rule the claim is a call of its own, which a crash can come before.
            yield return ("appends", stored.With(index, owner with { Read = stored.Store, OwesClaim = claims }));
        }
        else
        {
            yield return ("appends and claims", Claim(stored, index, owner, read.Floor));
        }
    }

    /// <summary>What a process does when it starts.</summary>
    private IEnumerable<(string Step, ModelState State)> Recover(ModelState state, int index)
    {
        ModelOwner owner = state.Owner(index);
        if (owner.IsBusy || !owner.MustRecover)
        {
            yield break;
        }

        if (owner.Read is not { } read)
        {
            yield return ("reads to recover", state.With(index, owner with { Read = state.Store }));
            yield break;
        }

        owner = owner with { MustRecover = false };
        if (!read.IsLive || owner.Hosts(read.RunVersion))
        {
            yield return ("has nothing to recover", state.With(index, owner));
        }
        else if (!IsCurrent(state.Store, read) || !KnowsBoundary(state.Store, read))
        {
            yield return ("recovers again", state.With(index, owner with { Read = null, MustRecover = true }));
        }
        else if (read.In > read.Floor)
        {
            yield return ("continues", Claim(state, index, owner, read.Floor));
        }
        else
        {
            yield return IsWhole(state.Store, read)
                ? ("releases", Release(state, index, owner))
                : ("recovers again", state.With(index, owner with { Read = null, MustRecover = true }));
        }
    }

    private IEnumerable<(string Step, ModelState State)> Crash(ModelState state, int index)
    {
        if (state.Crashes > 0)
        {
            yield return ("crash", (state with { Crashes = state.Crashes - 1 }).With(index, ModelOwner.Empty with { MustRecover = rules.StartsRecover }));
        }
    }

    private IEnumerable<(string Step, ModelState State)> Live(ModelState state, int index, ModelRun run)
    {
        ModelOwner owner = state.Owner(index);
        ModelState Become(ModelStore store, ModelRun next) =>
            (state with { Store = store }).With(index, owner with { Runs = owner.Runs.Replace(run, next) });
        ModelState Leave() => state.With(index, owner with { Runs = owner.Runs.Remove(run) });
        bool isDisowned = rules.RunsNameTheirVersion && state.Store.RunVersion != run.Version;

        switch (run.Phase)
        {
            case ModelPhase.Ready when run.Floor < state.Store.In:
                yield return isDisowned
                    ? ("leaves", Leave())
                    : ("writes", Become(state.Store with { LastWriter = run.Version }, run with { Phase = ModelPhase.Answering }));
                break;
            case ModelPhase.Ready:
                yield return ("idles", Become(state.Store, run with { Phase = ModelPhase.Ending }));
                break;
            case ModelPhase.Answering:
                yield return isDisowned
                    ? ("leaves", Leave())
                    : ("completes", Become(
                        state.Store with { Floor = run.Floor + 1, LastWriter = run.Version }, run with { Phase = ModelPhase.Ready, Floor = run.Floor + 1 }));
                break;
            default:
                yield return End(state, index, run, Leave());
                break;
        }

        if (run.Phase == ModelPhase.Ready && state.Swaps > 0 && state.Store.RunVersion == run.Version)
        {
            yield return ("reads to hand over", Become(state.Store, run with { Phase = ModelPhase.HandingOver, Read = state.Store }) with { Swaps = state.Swaps - 1 });
        }
    }

    /// <summary>The end of a run: the session's owner reads, and commits the end or the successor, which a run that hands over has in any case.</summary>
    private (string Step, ModelState State) End(ModelState state, int index, ModelRun run, ModelState left)
    {
        ModelOwner owner = state.Owner(index);
        if (run.Read is not { } read)
        {
            return ("reads to end", state.With(index, owner with { Runs = owner.Runs.Replace(run, run with { Read = state.Store }) }));
        }

        if (read.RunVersion != run.Version)
        {
            return ("ends without the session", left);
        }

        bool hasSuccessor = run.Phase == ModelPhase.HandingOver || (read.In > run.Floor && rules.EndsHandOver);
        if (!IsCurrent(state.Store, read) || !(hasSuccessor || IsWhole(state.Store, read)))
        {
            return ("ends again", state.With(index, owner with { Runs = owner.Runs.Replace(run, run with { Read = null }) }));
        }

        return hasSuccessor
            ? ("ends with a successor", Claim(left, index, left.Owner(index), run.Floor))
            : ("ends", Release(left, index, left.Owner(index)));
    }

    private bool IsCurrent(ModelStore store, ModelStore read) => !rules.OwnersNameTheirVersion || store.Version == read.Version;

    private bool KnowsBoundary(ModelStore store, ModelStore read) => !rules.ClaimsNameTheBoundary || store.Floor == read.Floor;

    private bool IsWhole(ModelStore store, ModelStore read) => !rules.EndsNameTheTail || store.In == read.In;

    private static ModelState Claim(ModelState state, int index, ModelOwner owner, int floor)
    {
        ModelStore store = state.Store with { Version = state.Store.Version + 1, RunVersion = state.Store.RunVersion + 1, IsLive = true, Floor = floor };
        var run = new ModelRun(store.RunVersion, ModelPhase.Ready, store.Floor);
        return (state with { Store = store }).With(index, owner with { Read = store, Runs = owner.Runs.Add(run) });
    }

    private static ModelState Release(ModelState state, int index, ModelOwner owner)
    {
        ModelStore store = state.Store with { Version = state.Store.Version + 1, RunVersion = state.Store.RunVersion + 1, IsLive = false };
        return (state with { Store = store }).With(index, owner with { Read = store });
    }
}
