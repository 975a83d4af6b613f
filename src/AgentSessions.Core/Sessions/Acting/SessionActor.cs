using AgentSessions.Core.Runs;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Core.Telemetry;
using AgentSessions.Protocol.Errors;

namespace AgentSessions.Core.Sessions.Acting;

/// <summary>One session while it is in memory: loads it, asks <see cref="SessionRules"/> what to do, commits, starts the run.</summary>
/// <remarks>
/// Its host calls it one call at a time (a mailbox, a grain). It is a cache in front of the store and may exist twice by mistake: a commit
/// that another writer overtook is decided again on what is stored by then. What is answered is durable.
/// </remarks>
public sealed partial class SessionActor(SessionContext context, SessionKey key)
{
    /// <summary>Overtaken this often in a row, a call gives up: somebody else owns this session now.</summary>
    private const int MaxAttempts = 8;

    private SessionHead? _head;

    // A claim whose commit failed and may have been made all the same: its run is started once the store says that it owns the session.
    private RunStart? _unsure;

    /// <summary>The session.</summary>
    public SessionKey Key => key;

    /// <summary>Whom runs call back: the host's way to this actor, so that their calls too come one at a time. Default: this.</summary>
    public IRunOwner? Owner { get; init; }

    /// <summary>The row as last seen, without a read; null if it was not read yet.</summary>
    public SessionRow? Known => _head?.Row;

    /// <summary>Whether a run of this session lives on this host. One whose end is stored does not, though it may be about to go.</summary>
    public bool HasRunHere => _head?.Row is { HasLiveRun: true, CurrentRunId: string runId } && context.Runs.StatusOf(key, runId) is not null;

    /// <summary>Whether a run was claimed and nobody knows if the store holds the claim: the next look at the session finds out.</summary>
    public bool HasUnsureClaim => _unsure is not null;

    /// <summary>Reads the row, or null.</summary>
    public async ValueTask<SessionRow?> FindAsync(CancellationToken cancellationToken) =>
        (await HeadAsync(cancellationToken))?.Row;

    /// <summary>Creates the session or finds it, and makes sure that a run is alive.</summary>
    /// <exception cref="SessionException">Closed, expired, or an unknown agent.</exception>
    public async ValueTask<StartedSession> StartAsync(StartSession start, CancellationToken cancellationToken)
    {
        AgentInfo agent = context.Agents.Find(start.Agent)
            ?? throw new SessionException(SessionErrorCode.UnknownAgent, $"No agent named '{start.Agent}' is registered");

        var share = new StorageShare(
            context.Quota, key.Environment, start.TriggerConfig.Length + start.History.Sum(static message => (long)message.Json.Length));
        return await RetryAsync(
            async () =>
            {
                SessionHead? head = await HeadAsync(cancellationToken);
                if (head is null)
                {
                    if (context.Turns is { } turns && BootPayloads.FirstMessage(start.TriggerConfig) is not null && !turns.TryAsk(key))
                    {
                        throw turns.Refusal(key);
                    }

                    await share.AdmitAsync(cancellationToken);
                    string id = key.IsFriendly ? key.Key : context.Ids.NewSessionId();
                    string? version = SessionPin.Of(start.TriggerConfig) ?? agent.Version;
                    Decision create = SessionRules.Create(start, key, id, context.Ids.NewRunId(), version, Now);
                    return await CommitAsync(create, cancellationToken)
                        ? new StartedSession(create.Start.Session, create.Start.Run.Id, IsCached: false)
                        : null;
                }

                SessionRules.RequireActive(head.Row, Now);
                SessionRow row = SessionRules.Refresh(head.Row, start, Now);
                bool isUnlocked = await IsUnlockedAsync(head.Row, row);
                if (isUnlocked || await NeedsRunAsync(head.Row))
                {
                    Decision claim = await ContinueAsync(head, row, input: null, cancellationToken, isUnlocked);
                    if (!await CommitAsync(claim, cancellationToken))
                    {
                        return null;
                    }

                    if (isUnlocked)
                    {
                        context.Runs.Cancel(key, head.Row.CurrentRunId!);
                    }

                    return new StartedSession(claim.Start.Session, claim.Start.Run.Id, IsCached: true);
                }

                return await CommitAsync(SessionRules.Put(head, row), cancellationToken) ? new StartedSession(row, row.CurrentRunId!, IsCached: true) : null;
            },
            cancellationToken);
    }

    /// <summary>Changes labels.</summary>
    /// <exception cref="SessionException">Not found, or another external id.</exception>
    public ValueTask<SessionRow> UpdateAsync(UpdateSession update, CancellationToken cancellationToken) =>
        RetryAsync(
            async () =>
            {
                SessionHead head = await RequireAsync(cancellationToken);
                if (update.NamesExternalId && update.ExternalId != head.Row.ExternalId)
                {
                    throw new SessionException(SessionErrorCode.ExternalIdImmutable, "externalId cannot be changed");
                }

                SessionRow row = head.Row with
                {
                    Tags = update.Tags ?? head.Row.Tags,
                    Metadata = MetadataUpdate.Apply(update, head.Row.Metadata),
                    UpdatedAt = Now,
                };
                return await CommitAsync(SessionRules.Put(head, row), cancellationToken) ? row : null;
            },
            cancellationToken);

    /// <summary>Closes the session; the first reason stays.</summary>
    /// <exception cref="SessionException">Not found.</exception>
    public ValueTask<SessionRow> CloseAsync(string? reason, string? callingRunId, CancellationToken cancellationToken) =>
        RetryAsync(
            async () =>
            {
                // What closes a conversation is written behind all that was said, also by others.
                Forget();
                SessionHead head = await RequireAsync(cancellationToken);
                SessionRow row = head.Row;
                bool hasOtherRun = row.HasLiveRun && row.CurrentRunId != callingRunId;
                if (row.ClosedAt is null)
                {
                    SessionCommit commit = SessionRules.Close(head, reason, hasOtherRun, Now);
                    row = commit.Row!;
                    if (!await CommitAsync(row.IsHeld ? await EndingAsync(head, commit, cancellationToken) : commit, cancellationToken))
                    {
                        return null;
                    }
                }

                if (hasOtherRun && !await HasRunAsync(row))
                {
                    // Its host died, so nobody is there to read the record.
                    await RecoverAsync(cancellationToken);
                }

                return row;
            },
            cancellationToken);

    /// <summary>Removes everything of the session. False if there was none.</summary>
    public async ValueTask<bool> DeleteAsync(CancellationToken cancellationToken)
    {
        SessionHead? head = await ReloadAsync(cancellationToken);
        if (head?.Row.CurrentRunId is string runId)
        {
            context.Runs.Cancel(key, runId);
        }

        IReadOnlyList<string> channels = await context.Store.ListChannelsAsync(key, cancellationToken);
        bool deleted = await context.Store.DeleteAsync(key, cancellationToken);
        Forget();
        foreach (string channel in channels.Append(""))
        {
            context.Hub.Forget(new StreamId(key, channel, StreamDirection.In));
            context.Hub.Forget(new StreamId(key, channel, StreamDirection.Out));
        }

        return deleted;
    }

    /// <summary>Replaces the stored transcript.</summary>
    /// <exception cref="SessionException">Not found.</exception>
    public async ValueTask ReplaceTranscriptAsync(TranscriptDelta transcript, CancellationToken cancellationToken)
    {
        await RetryAsync(
            async () =>
            {
                // The row goes along so that its version rises: whoever keeps the conversation sees by it that there is another.
                SessionHead head = await RequireAsync(cancellationToken);
                SessionRow row = head.Row with { UpdatedAt = Now };
                return await CommitAsync(SessionRules.Put(head, row) with { Transcript = transcript }, cancellationToken) ? head : null;
            },
            cancellationToken);
    }

    /// <summary>Drops what is known, so that the next call reads the store.</summary>
    public void Forget()
    {
        _head = null;
        _streams.Clear();
    }

    private DateTimeOffset Now => context.Time.GetUtcNow();

    private async ValueTask<bool> NeedsRunAsync(SessionRow row) =>
        !row.IsHeld && !context.IsDraining() && (!row.HasLiveRun || !await HasRunAsync(row));

    /// <summary>Whether the current run lives, on this host or another.</summary>
    private async ValueTask<bool> HasRunAsync(SessionRow row) =>
        row.CurrentRunId is string runId && await context.Runs.FindAsync(key, runId) is not null;

    private bool IsInTurn(SessionRow row) => row.CurrentRunId is string runId && context.Runs.StatusOf(key, runId) == RunStatus.Executing;

    private async ValueTask<T> RetryAsync<T>(Func<ValueTask<T?>> attempt, CancellationToken cancellationToken)
        where T : class
    {
        for (int i = 0; i < MaxAttempts; i++)
        {
            try
            {
                if (await attempt() is T result)
                {
                    return result;
                }
            }
            catch (StoreUnavailableException exception)
            {
                Forget();
                throw exception.AsSessionException();
            }

            cancellationToken.ThrowIfCancellationRequested();
            Forget();
        }

        throw new SessionException(SessionErrorCode.StoreUnavailable, "The session is being changed by others; try again");
    }

    private async ValueTask<SessionHead?> HeadAsync(CancellationToken cancellationToken) => _head ?? await ReloadAsync(cancellationToken);

    private async ValueTask<SessionHead?> ReloadAsync(CancellationToken cancellationToken)
    {
        _head = await context.Store.LoadAsync(key, cancellationToken);
        if (_unsure is { } start)
        {
            _unsure = null;
            if (_head?.Row is { HasLiveRun: true } row && row.CurrentRunId == start.Run.Id && !HasRunHere)
            {
                context.Runs.Start(start, Owner ?? this);
            }
        }

        return _head;
    }

    private async ValueTask<SessionHead> RequireAsync(CancellationToken cancellationToken) =>
        await HeadAsync(cancellationToken)
        ?? throw new SessionException(SessionErrorCode.SessionNotFound, "Session not found");

    private async ValueTask<SessionHead> RequireActiveAsync(CancellationToken cancellationToken)
    {
        SessionHead head = await RequireAsync(cancellationToken);
        SessionRules.RequireActive(head.Row, Now);
        return head;
    }

    private async ValueTask<bool> CommitAsync(Decision decision, CancellationToken cancellationToken)
    {
        try
        {
            if (!await CommitAsync(decision.Commit, cancellationToken))
            {
                return false;
            }
        }
        catch (StoreUnavailableException)
        {
            _unsure = decision.Start;
            throw;
        }

        context.Runs.Start(decision.Start, Owner ?? this);
        return true;
    }

    /// <summary>Commits, and when it went through folds the commit into what is known and rings.</summary>
    private async ValueTask<bool> CommitAsync(SessionCommit commit, CancellationToken cancellationToken)
    {
        // Once it is on its way the outcome matters to everybody, not only to the caller who may have left.
        cancellationToken.ThrowIfCancellationRequested();
        long started = context.Time.GetTimestamp();
        if (await context.Store.CommitAsync(commit, CancellationToken.None) != CommitOutcome.Committed)
        {
            return false;
        }

        AgentMetrics.InCommitted(context.Time.GetElapsedTime(started));

        if (commit.Row is not null)
        {
            _head = new SessionHead(
                commit.Row, commit.ExpectedVersion!.Value + 1, _head?.In ?? StreamBounds.Empty, _head?.Out ?? StreamBounds.Empty,
                commit.Progress ?? _head?.Progress ?? SessionProgress.None);
        }

        foreach (StreamAppend append in commit.Appends)
        {
            Fold(append);
            context.Hub.Tell(append.Stream, append.Batch);
        }

        return true;
    }

    private void Fold(StreamAppend append)
    {
        if (_streams.TryGetValue(append.Stream, out StreamState? state))
        {
            state.Bounds = new StreamBounds(state.Bounds.Oldest, append.Batch.Tail, append.Batch.Timestamp);
        }

        if (append.Stream == StreamId.In(key) && _head is not null)
        {
            _head = _head with { In = new StreamBounds(_head.In.Oldest, append.Batch.Tail, append.Batch.Timestamp) };
        }
    }
}
