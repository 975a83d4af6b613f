using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Naming;
using AgentSessions.Gateway.Stagent.Settings;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Stagent.Turns;

/// <summary>Keeps turns: the active one of each session, and a note of every one.</summary>
internal sealed class TurnStore(ISessionEngine engine, IOptions<StagentOptions> options, TimeProvider time)
{
    private const string ActiveSpace = "stagent-active";
    internal const string NoteSpace = "stagent-turns";

    /// <summary>How often a follower has to say that it is there, and how often to look for those that do not.</summary>
    public TimeSpan Renewal => options.Value.TurnLease / 3;

    /// <summary>Makes a turn the session's active one.</summary>
    /// <returns>False if another is.</returns>
    public async ValueTask<bool> TryBeginAsync(SessionKey session, ActiveTurn turn, CancellationToken cancellationToken)
    {
        StateEntry? entry = await engine.State.GetAsync(ActiveKey(session), cancellationToken);
        if (entry is not null && !ActiveTurn.Read(entry.Value).IsStopping)
        {
            return false;
        }

        return await PutActiveAsync(session, turn, entry?.Version ?? 0, cancellationToken);
    }

    public async ValueTask<ActiveTurn?> FindActiveAsync(SessionKey session, CancellationToken cancellationToken) =>
        await engine.State.GetAsync(ActiveKey(session), cancellationToken) is { } entry ? ActiveTurn.Read(entry.Value) : null;

    /// <summary>Changes the active turn, which renews its lease. False if it is another one by now.</summary>
    public async ValueTask<bool> ChangeAsync(SessionKey session, ActiveTurn turn, CancellationToken cancellationToken)
    {
        StateEntry? entry = await engine.State.GetAsync(ActiveKey(session), cancellationToken);
        return entry is not null && IsSame(entry, turn) && await PutActiveAsync(session, turn, entry.Version, cancellationToken);
    }

    /// <summary>Says that the turn is being followed.</summary>
    public async ValueTask RenewAsync(SessionKey session, ActiveTurn turn, CancellationToken cancellationToken)
    {
        StateEntry? entry = await engine.State.GetAsync(ActiveKey(session), cancellationToken);
        if (entry is not null && IsSame(entry, turn))
        {
            await PutActiveAsync(session, ActiveTurn.Read(entry.Value), entry.Version, cancellationToken);
        }
    }

    /// <summary>Takes over a turn whose follower has fallen silent.</summary>
    public async ValueTask<bool> TryAdoptAsync(SessionKey session, ActiveTurn turn, CancellationToken cancellationToken)
    {
        StateEntry? entry = await engine.State.GetAsync(ActiveKey(session), cancellationToken);
        return entry is not null && IsSame(entry, turn) && IsAbandoned(ActiveTurn.Read(entry.Value))
            && await PutActiveAsync(session, turn, entry.Version, cancellationToken);
    }

    /// <summary>Ends a turn: its note is final, and the conversation is free again.</summary>
    public async ValueTask EndAsync(SessionKey session, ActiveTurn turn, CancellationToken cancellationToken)
    {
        await PutNoteAsync(session, turn.Note, cancellationToken);
        StateEntry? entry = await engine.State.GetAsync(ActiveKey(session), cancellationToken);
        if (entry is not null && IsSame(entry, turn))
        {
            await engine.State.PutAsync(new StatePut(ActiveKey(session), Value: null), entry.Version, cancellationToken);
        }
    }

    /// <summary>Gives up a turn whose message was not taken.</summary>
    public async ValueTask ForgetAsync(SessionKey session) =>
        await engine.State.PutAsync(new StatePut(ActiveKey(session), Value: null), expectedVersion: null, CancellationToken.None);

    public async ValueTask PutNoteAsync(SessionKey session, TurnNote note, CancellationToken cancellationToken) =>
        await engine.State.PutAsync(new StatePut(NoteKey(session, note), note.ToJson(), session), expectedVersion: null, cancellationToken);

    /// <summary>The notes of a session, oldest first.</summary>
    public async ValueTask<IReadOnlyList<TurnNote>> ListNotesAsync(SessionKey session, CancellationToken cancellationToken)
    {
        var notes = new List<TurnNote>();
        await foreach (StateEntry entry in engine.State.ReadAllAsync(session.Environment, NoteSpace, StateName.Prefix(session.Key), cancellationToken: cancellationToken))
        {
            notes.Add(TurnNote.Read(entry.Value));
        }

        return notes;
    }

    /// <summary>Turns of an environment that nobody follows.</summary>
    public IAsyncEnumerable<ActiveTurn> ListAbandonedAsync(string environment, CancellationToken cancellationToken) =>
        engine.State.ReadAllAsync(environment, ActiveSpace, prefix: "", cancellationToken: cancellationToken)
            .Select(static entry => ActiveTurn.Read(entry.Value)).Where(IsAbandoned);

    private bool IsAbandoned(ActiveTurn turn) => turn.LeaseUntil <= time.GetUtcNow().ToUnixTimeMilliseconds();

    private static bool IsSame(StateEntry entry, ActiveTurn turn) => ActiveTurn.Read(entry.Value).Note.UserMessageId == turn.Note.UserMessageId;

    private async ValueTask<bool> PutActiveAsync(SessionKey session, ActiveTurn turn, long expectedVersion, CancellationToken cancellationToken)
    {
        turn = turn with { LeaseUntil = (time.GetUtcNow() + options.Value.TurnLease).ToUnixTimeMilliseconds() };
        return await engine.State.PutAsync(new StatePut(ActiveKey(session), turn.ToJson(), session), expectedVersion, cancellationToken) is not null;
    }

    private static StateKey ActiveKey(SessionKey session) => new(session.Environment, ActiveSpace, StateName.Of(session.Key));

    private static StateKey NoteKey(SessionKey session, TurnNote note) =>
        new(session.Environment, NoteSpace, $"{StateName.Of(session.Key)}/{note.At:D15}-{StateName.Of(note.UserMessageId)}");
}
