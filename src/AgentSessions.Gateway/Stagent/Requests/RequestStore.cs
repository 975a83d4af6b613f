using System.Text.Json;
using System.Text.Json.Serialization;
using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Naming;
using AgentSessions.Gateway.Stagent.Settings;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Stagent.Requests;

/// <summary>Keeps requests. Of racing answers, on whatever node, exactly one finds the request open.</summary>
internal sealed class RequestStore(ISessionEngine engine, IOptions<StagentOptions> options, TimeProvider time)
{
    private const string Space = "stagent-requests";
    private const int MaxListed = 10_000;

    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter<RequestState>(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>The kept request, which is made from the given one if it is new; its time begins then.</summary>
    public async ValueTask<PendingRequest> EnsureAsync(SessionKey session, PendingRequest request, string turn, CancellationToken cancellationToken)
    {
        if (await FindAsync(session, request.Id, cancellationToken) is { } known)
        {
            return known;
        }

        DateTimeOffset now = time.GetUtcNow();
        request = request with
        {
            Turn = turn,
            At = now.ToUnixTimeMilliseconds(),
            ExpiresAt = (now + options.Value.RequestTimeout).ToUnixTimeMilliseconds(),
        };
        return await PutAsync(session, request, expectedVersion: 0, cancellationToken)
            ? request
            : await FindAsync(session, request.Id, cancellationToken) ?? request;
    }

    public async ValueTask<PendingRequest?> FindAsync(SessionKey session, string id, CancellationToken cancellationToken) =>
        await engine.State.GetAsync(KeyOf(session, id), cancellationToken) is { } entry ? Read(entry) : null;

    /// <summary>All kept requests of a session.</summary>
    public async ValueTask<IReadOnlyList<PendingRequest>> ListAsync(SessionKey session, CancellationToken cancellationToken)
    {
        IReadOnlyList<StateEntry> entries = await engine.State.ListAsync(
            session.Environment, Space, Prefix(session), after: null, MaxListed, cancellationToken);
        return [.. entries.Select(Read).OrderBy(static request => request.At)];
    }

    /// <summary>Settles an open request.</summary>
    /// <returns>The request as it is kept now; null if it was settled before.</returns>
    public async ValueTask<PendingRequest?> TrySettleAsync(
        SessionKey session, PendingRequest request, RequestState state, RequestAnswer answer, CancellationToken cancellationToken)
    {
        StateEntry? entry = await engine.State.GetAsync(KeyOf(session, request.Id), cancellationToken);
        PendingRequest settled = (entry is null ? request : Read(entry)) with { State = state, Answer = answer };
        return (entry is null || Read(entry).State == RequestState.Open) && await PutAsync(session, settled, entry?.Version ?? 0, cancellationToken)
            ? settled
            : null;
    }

    /// <summary>Opens a request again whose answer could not be handed on.</summary>
    public async ValueTask ReopenAsync(SessionKey session, PendingRequest request, CancellationToken cancellationToken) =>
        await PutAsync(session, request with { State = RequestState.Open, Answer = null }, expectedVersion: null, cancellationToken);

    /// <summary>Notes what somebody answered to a request that nobody waits for any more.</summary>
    public async ValueTask AnswerLateAsync(SessionKey session, PendingRequest request, bool isAllowed, CancellationToken cancellationToken)
    {
        if (request.State is RequestState.Expired or RequestState.Ended)
        {
            await PutAsync(session, request with { LateAnswer = isAllowed }, expectedVersion: null, cancellationToken);
        }
    }

    private async ValueTask<bool> PutAsync(SessionKey session, PendingRequest request, long? expectedVersion, CancellationToken cancellationToken)
    {
        var put = new StatePut(KeyOf(session, request.Id), JsonSerializer.SerializeToUtf8Bytes(request, _json), session);
        return await engine.State.PutAsync(put, expectedVersion, cancellationToken) is not null;
    }

    private static PendingRequest Read(StateEntry entry) => JsonSerializer.Deserialize<PendingRequest>(entry.Value.Span, _json)!;

    private static StateKey KeyOf(SessionKey session, string id) => new(session.Environment, Space, Prefix(session) + StateName.Of(id));

    private static string Prefix(SessionKey session) => StateName.Prefix(session.Key);
}
