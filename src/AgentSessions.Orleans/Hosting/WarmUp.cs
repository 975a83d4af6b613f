using System.Text;
using AgentSessions.Core.Runs.Hosting;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Acting;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Orleans.Contracts;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Core.Internal;
using Orleans.Runtime.Placement;
using Orleans.Serialization;

namespace AgentSessions.Orleans.Hosting;

/// <summary>Runs once on a new node what its first session would have to wait for: code that is not compiled, connections that are not open.</summary>
/// <remarks>Nothing of it stays: the turn is answered in memory, and the store is asked for a session that does not exist.</remarks>
internal sealed class WarmUp(ISessionStore store, IGrainFactory grains, Serializer serializer, ILocalSiloDetails node, TimeProvider time)
{
    private const string Agent = "warm-up";

    /// <summary>As many connections of each kind are opened.</summary>
    private const int Parallelism = 4;

    private static readonly byte[] _message = Encoding.UTF8.GetBytes(
        """{"kind":"message","payload":{"chatId":"warm-up","trigger":"submit-message","message":{"id":"m","role":"user","parts":[{"type":"text","text":"hello"}]}}}""");

    private readonly SessionKey _session = new(Agent, $"{Agent}-{Guid.NewGuid():N}");

    /// <exception cref="Exception">Something did not work; the node serves all the same.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        SessionCommit commit = await AnswerAsync(cancellationToken);
        await Task.WhenAll(Enumerable.Range(0, Parallelism).Select(_ => AskStoreAsync(commit, cancellationToken)));
        await CallGrainAsync().WaitAsync(cancellationToken);
    }

    /// <summary>Has a session answer a message, in memory.</summary>
    /// <returns>What a commit of such a session holds.</returns>
    private async Task<SessionCommit> AnswerAsync(CancellationToken cancellationToken)
    {
        await using var stored = new InMemorySessionStore();
        using var hub = new StreamHub(stored, time);
        var services = new ServiceCollection();
        services.AddSingleton(time).AddSingleton<ISessionStore>(stored).AddSingleton<IStateStore>(stored).AddSingleton(hub);
        services.AddSingleton<IIdSource, RandomIdSource>();
        services.AddAgentRuntime().AddAgentSessions().AddAgent(Agent, static (turn, cancelled) => turn.Output.WriteTextAsync("hello", cancelled).AsTask());
        await using ServiceProvider provider = services.BuildServiceProvider();

        var actor = new SessionActor(provider.GetRequiredService<SessionContext>(), _session);
        var start = new StartSession { Environment = Agent, ExternalId = _session.Key, Type = "chat.agent", Agent = Agent, TriggerConfig = """{"basePayload":{}}""" };
        StartedSession started = await actor.StartAsync(start, cancellationToken);
        AppendedRecord appended = await actor.AppendAsync(StreamId.In(_session), new AppendText(_message, "1"), cancellationToken);
        await ReadTurnAsync(hub, cancellationToken);
        await provider.GetRequiredService<RunHost>().StopAsync(TimeSpan.FromSeconds(1), cancellationToken);

        SessionHead head = (await stored.LoadAsync(_session, cancellationToken))!;
        RecordBatch input = (await stored.ReadAsync(StreamId.In(_session), Cursor.Start, int.MaxValue, cancellationToken))!;
        var commit = new SessionCommit
        {
            Session = _session,
            ExpectedVersion = head.Version,
            Row = head.Row,
            Appends = [new StreamAppend(StreamId.In(_session), input)],
            Progress = head.Progress,
            Runs = await stored.ListRunsAsync(_session, 1, cancellationToken),
        };
        foreach (object message in (object[])[start, started, appended, new AppendText(_message, "1"), head.Row, commit.Runs[0]])
        {
            serializer.Deserialize<object>(serializer.SerializeToArray(message));
        }

        return commit;
    }

    private async Task ReadTurnAsync(StreamHub hub, CancellationToken cancellationToken)
    {
        using StreamTail tail = hub.Open(StreamId.Out(_session), Cursor.Start, cancellationToken);
        while (await tail.ReadAsync(TimeSpan.FromSeconds(1)) is not { } batch || !batch.Decode().Any(static record => record.Control == ControlHeaders.TurnComplete))
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Reads what is not there, and tries a commit that the store refuses, since there is no such session.</summary>
    private async Task AskStoreAsync(SessionCommit commit, CancellationToken cancellationToken)
    {
        await store.LoadAsync(_session, cancellationToken);
        await store.CommitAsync(commit, cancellationToken);
        await store.ReadAsync(StreamId.Out(_session), Cursor.Start, maxBytes: 1, cancellationToken);
        await store.ReadTranscriptAsync(_session, limit: null, before: null, cancellationToken);
        await store.FindRunAsync(_session.Environment, commit.Runs[0].Id, cancellationToken);
    }

    /// <summary>Activates a session's grain here, which finds that there is no such session.</summary>
    private async Task CallGrainAsync()
    {
        ISessionGrain grain = grains.GetGrain<ISessionGrain>(GrainKeys.Of(_session));
        RequestContext.Set(IPlacementDirector.PlacementHintKey, node.SiloAddress);
        try
        {
            await grain.AppendAsync(StreamId.In(_session), new AppendText(_message, "1"));
        }
        catch (SessionException)
        {
            // As it should be.
        }
        finally
        {
            RequestContext.Remove(IPlacementDirector.PlacementHintKey);
        }

        await grain.AsReference<IGrainManagementExtension>().DeactivateOnIdle();
    }
}
