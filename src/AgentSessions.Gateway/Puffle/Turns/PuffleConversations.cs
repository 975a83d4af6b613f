using System.Text.Json;
using AgentSessions.Core;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Errors;
using AgentSessions.Gateway.Users;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Gateway.Puffle.Turns;

/// <summary>Conversations as sessions: the UUID is the external id, the label the title, the owner the metadata's user.</summary>
internal sealed partial class PuffleConversations(ISessionEngine engine, TimeProvider time, ILogger<PuffleConversations> logger)
{
    private const int MaxLabelLength = 100;

    /// <summary>A user's conversation.</summary>
    /// <exception cref="RequestRefusedException">404: unknown, somebody else's, or closed. All look the same.</exception>
    public async ValueTask<SessionRow> RequireAsync(GatewayUser user, string id, CancellationToken cancellationToken)
    {
        // Ours are made in lower case; a native session may have been named in either.
        foreach (string candidate in new[] { id.ToLowerInvariant(), id, id.ToUpperInvariant() }.Distinct())
        {
            SessionRow? row = await engine.FindAsync(new SessionKey(user.Environment, candidate), cancellationToken);
            if (row is not null && SessionUser.IdOf(row) == user.Id && row.StatusAt(time.GetUtcNow()) == SessionStatus.Active)
            {
                return row;
            }
        }

        throw NotFound();
    }

    /// <summary>Makes a conversation. If the store will not have it, a session that nobody can name takes its place, so that the run goes ahead.</summary>
    public async ValueTask<SessionRow> CreateAsync(GatewayUser user, string agent, string id, string text, CancellationToken cancellationToken)
    {
        try
        {
            return await StartAsync(user, agent, id, text, cancellationToken);
        }
        catch (Exception exception) when (StoreFault.Is(exception))
        {
            LogNotCreated(exception);
            return await StartAsync(user, agent, externalId: null, text, cancellationToken);
        }
    }

    /// <summary>The id that clients see; null for a session that stands in for a conversation.</summary>
    public static string? IdOf(SessionRow row) => row.ExternalId;

    /// <summary>The messages of a conversation, oldest first.</summary>
    public async ValueTask<IReadOnlyList<UIMessage>> ReadAsync(SessionKey session, int? limit, CancellationToken cancellationToken)
    {
        StoredTranscript stored = await engine.ReadTranscriptAsync(session, limit, before: null, cancellationToken);
        return [.. stored.Messages.Select(static message => JsonSerializer.Deserialize<UIMessage>(message.Json.Span, UIJson.Options)!)];
    }

    public static RequestRefusedException NotFound() => Refuse.NotFound("Conversation not found");

    /// <summary>The first characters of a text in one line; no half of a surrogate pair is left at the end.</summary>
    public static string LabelOf(string text)
    {
        int length = Math.Min(text.Length, MaxLabelLength);
        length -= length < text.Length && char.IsHighSurrogate(text[length - 1]) ? 1 : 0;
        return string.Create(length, text, static (label, whole) =>
        {
            for (int i = 0; i < label.Length; i++)
            {
                label[i] = whole[i] is '\r' or '\n' ? ' ' : whole[i];
            }
        });
    }

    private async ValueTask<SessionRow> StartAsync(
        GatewayUser user, string agent, string? externalId, string text, CancellationToken cancellationToken)
    {
        StartedSession started = await engine.StartAsync(
            new StartSession
            {
                Environment = user.Environment,
                ExternalId = externalId,
                Type = "chat.agent",
                Agent = agent,
                TriggerConfig = externalId is null ? """{"basePayload":{}}""" : JsonSerializer.Serialize(new { basePayload = new { chatId = externalId } }),
                Tags = ["puffle"],
                Metadata = JsonSerializer.Serialize(new { title = LabelOf(text), userId = user.Id }, UIJson.Options),
            },
            cancellationToken);
        return started.Row;
    }

    [LoggerMessage(5301, LogLevel.Error, "A conversation could not be created; its run goes ahead without one")]
    private partial void LogNotCreated(Exception exception);
}
