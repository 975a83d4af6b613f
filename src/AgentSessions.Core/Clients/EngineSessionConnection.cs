using System.Text.Json;
using AgentSessions.Client.Connections;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Clients;

/// <summary>The sessions of one environment for callers in the engine's own process, without HTTP and without credentials.</summary>
/// <param name="engine">The engine.</param>
/// <param name="environment">The environment's id; whoever holds this connection may do everything in it.</param>
/// <param name="tokens">Mints the token that a start answers; null for none.</param>
public sealed class EngineSessionConnection(ISessionEngine engine, string environment, ISessionTokens? tokens = null) : ISessionConnection
{
    private const int MaxIdLength = 256;

    /// <summary>Called before a session starts; answers the metadata it shall have. Null keeps what it has.</summary>
    internal Func<SessionStart, CancellationToken, ValueTask<string?>>? Adopt { get; init; }

    /// <inheritdoc/>
    public async ValueTask<SessionStarted> StartAsync(SessionStart start, CancellationToken cancellationToken)
    {
        Check(start.ChatId);
        string? metadata = Adopt is null ? null : await Adopt(start, cancellationToken);
        StartedSession started = await engine.StartAsync(
            new StartSession
            {
                Environment = environment,
                ExternalId = start.ChatId,
                Type = "chat.agent",
                Agent = start.Agent,
                TriggerConfig = start.TriggerConfig,
                Tags = start.Tags,
                Metadata = metadata,
            },
            cancellationToken);
        return new SessionStarted(started.Row.Id, started.RunId, tokens?.Mint(started.Row.Key, runId: null) ?? "", started.IsCached);
    }

    /// <inheritdoc/>
    public async ValueTask<long> AppendAsync(string session, ReadOnlyMemory<byte> input, string partId, CancellationToken cancellationToken)
    {
        SessionKey key = await ResolveAsync(session, cancellationToken);
        return (await engine.AppendAsync(StreamId.In(key), new AppendText(input, partId), cancellationToken)).Sequence;
    }

    /// <inheritdoc/>
    public async ValueTask<ISessionTail> OpenOutAsync(string session, TailRequest request, CancellationToken cancellationToken)
    {
        StreamId stream = StreamId.Out(await ResolveAsync(session, cancellationToken));
        StreamBounds bounds = await engine.GetBoundsAsync(stream, cancellationToken);
        Cursor from = request.From < bounds.Tail ? request.From : bounds.Tail;
        OutRest rest = request.PeeksSettled ? await OutPeek.LookAsync(engine, stream, bounds, cancellationToken) : OutRest.None;
        return rest == OutRest.Settled
            ? new SettledTail(engine, stream, from, bounds.Tail, cancellationToken)
            : new EngineTail(engine.OpenTail(stream, from, cancellationToken), request.Silence, rest == OutRest.Idle ? bounds.Tail : null);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<UIMessage>> ReadTranscriptAsync(string session, int limit, CancellationToken cancellationToken)
    {
        SessionKey key = await ResolveAsync(session, cancellationToken);
        StoredTranscript stored = await engine.ReadTranscriptAsync(key, limit, before: null, cancellationToken);
        return [.. stored.Messages.Select(static message => JsonSerializer.Deserialize<UIMessage>(message.Json.Span, UIJson.Options)!)];
    }

    /// <inheritdoc/>
    public async ValueTask CloseAsync(string session, string? reason, CancellationToken cancellationToken) =>
        await engine.CloseAsync(await ResolveAsync(session, cancellationToken), reason, callingRunId: null, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask CancelRunAsync(string runId, CancellationToken cancellationToken) =>
        await engine.CancelRunAsync(environment, runId, cancellationToken);

    private async ValueTask<SessionKey> ResolveAsync(string session, CancellationToken cancellationToken) =>
        await engine.ResolveAsync(environment, session, cancellationToken)
            ?? throw new SessionException(SessionErrorCode.SessionNotFound, "Session not found");

    /// <summary>What the gateway checks of a new id (wire document, section 3); the engine trusts its callers.</summary>
    private static void Check(string chatId)
    {
        if (chatId.Length > MaxIdLength || chatId.StartsWith(SessionKey.FriendlyPrefix, StringComparison.Ordinal)
            || chatId.Contains(":channels:", StringComparison.Ordinal))
        {
            throw new SessionException(
                SessionErrorCode.InvalidRequest, $"A chat id has at most {MaxIdLength} characters, does not start with session_ and has no :channels: in it");
        }
    }
}
