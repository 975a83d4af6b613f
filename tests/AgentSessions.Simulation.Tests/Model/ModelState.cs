namespace AgentSessions.Simulation.Tests.Model;

/// <summary>What is stored, what each of two processes has in memory, and what may still happen.</summary>
internal sealed record ModelState(ModelStore Store, ModelOwner First, ModelOwner Second, int Messages, int Crashes, int Swaps)
{
    public static ModelState Start(int messages, int crashes, int swaps) =>
        new(new ModelStore(1, 0, false, 0, 0, 0), ModelOwner.Empty, ModelOwner.Empty, messages, crashes, swaps);

    /// <summary>The same state with what tells nothing apart left out: which process is which, and versions but for their order.</summary>
    public ModelState Normal()
    {
        int[] runs = [.. First.RunVersions.Concat(Second.RunVersions).Append(Store.RunVersion).Append(Store.LastWriter).Append(0).Distinct().Order()];
        int version = Store.Version;
        ModelStore Plain(ModelStore store, bool isRead) => store with
        {
            Version = store.Version == version ? 1 : 0,
            RunVersion = Array.IndexOf(runs, store.RunVersion),
            LastWriter = isRead ? 0 : Array.IndexOf(runs, store.LastWriter),
        };
        ModelOwner Rename(ModelOwner owner) => owner with
        {
            Read = owner.Read is { } read ? Plain(read, isRead: true) : null,
            Runs = new ModelRuns([.. owner.Runs.List
                .Select(run => run with { Version = Array.IndexOf(runs, run.Version), Read = run.Read is { } seen ? Plain(seen, isRead: true) : null })
                .OrderBy(static run => run.Version)]),
        };
        (ModelOwner first, ModelOwner second) = (Rename(First), Rename(Second));
        (first, second) = first.GetHashCode() <= second.GetHashCode() ? (first, second) : (second, first);
        return this with { Store = Plain(Store, isRead: false), First = first, Second = second };
    }

    public ModelOwner Owner(int index) => index == 0 ? First : Second;

    public ModelState With(int index, ModelOwner owner) => index == 0 ? this with { First = owner } : this with { Second = owner };
}

/// <summary>The session as stored.</summary>
/// <param name="Version">The row's.</param>
/// <param name="RunVersion">Of the last claim or end.</param>
/// <param name="IsLive">Whether the row says that a run lives.</param>
/// <param name="In">Messages stored.</param>
/// <param name="Floor">Messages consumed by boundaries.</param>
/// <param name="LastWriter">The run version that wrote to <c>out</c> last.</param>
internal sealed record ModelStore(int Version, int RunVersion, bool IsLive, int In, int Floor, int LastWriter);

/// <summary>One process's memory of the session.</summary>
/// <param name="Read">What it read of the store, or null.</param>
/// <param name="Runs">The runs that live here.</param>
/// <param name="MustRecover">Whether it has just started and not looked after the session yet.</param>
internal sealed record ModelOwner(ModelStore? Read, ModelRuns Runs, bool MustRecover)
{
    public static ModelOwner Empty { get; } = new(null, ModelRuns.None, MustRecover: false);

    /// <summary>Whether it stored a message and has yet to claim a run for it.</summary>
    public bool OwesClaim { get; init; }

    /// <summary>Whether it is at the end of a run: a session's calls come one at a time.</summary>
    public bool IsBusy => Runs.List.Any(static run => run.Read is not null);

    /// <summary>Every run version it has in mind.</summary>
    public IEnumerable<int> RunVersions =>
        Runs.List.SelectMany(static run => run.Read is { } read ? (int[])[run.Version, read.RunVersion] : [run.Version]).Concat(Read is { } own ? [own.RunVersion] : []);

    public bool Hosts(int version) => Runs.List.Any(run => run.Version == version);
}

/// <summary>One run: which claim made it, what it does, and what it has in mind.</summary>
/// <param name="Version">The run version of its claim.</param>
/// <param name="Phase">What it does next.</param>
/// <param name="Floor">Messages it knows to be consumed.</param>
/// <param name="Read">What was read of the store for its end, or null.</param>
internal sealed record ModelRun(int Version, ModelPhase Phase, int Floor, ModelStore? Read = null);

internal enum ModelPhase
{
    /// <summary>Looks for input.</summary>
    Ready,

    /// <summary>Has written a chunk of an answer; the boundary is next.</summary>
    Answering,

    /// <summary>Is about to end.</summary>
    Ending,

    /// <summary>Is about to end, and another one is to take its place.</summary>
    HandingOver,
}

/// <summary>Runs compared by what they are, so that equal states are found equal.</summary>
internal sealed record ModelRuns(IReadOnlyList<ModelRun> List)
{
    public static ModelRuns None { get; } = new([]);

    public bool Equals(ModelRuns? other) => other is not null && List.SequenceEqual(other.List);

    public override int GetHashCode() => List.Aggregate(List.Count, HashCode.Combine);

    public ModelRuns Add(ModelRun run) => new([.. List, run]);

    public ModelRuns Remove(ModelRun run) => new([.. List.Where(other => other != run)]);

    public ModelRuns Replace(ModelRun run, ModelRun by) => new([.. List.Select(other => other == run ? by : other)]);
}
