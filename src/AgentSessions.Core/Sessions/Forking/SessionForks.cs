using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using AgentSessions.Core.Runs.Input;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Sessions.Forking;

/// <summary>Starts sessions from the past of others, on any engine.</summary>
/// <param name="engine">The engine.</param>
public sealed class SessionForks(ISessionEngine engine)
{
    /// <summary>Starts the new session, with the history in the same commit. A user message at its end is answered at once.</summary>
    /// <exception cref="SessionException">
    /// <see cref="SessionErrorCode.SessionNotFound"/>; <see cref="SessionErrorCode.InvalidRequest"/>: no such message or record, or the new id is taken.
    /// </exception>
    public async ValueTask<StartedSession> ForkAsync(ForkSession fork, CancellationToken cancellationToken)
    {
        SessionRow source = await engine.FindAsync(fork.Source, cancellationToken)
            ?? throw new SessionException(SessionErrorCode.SessionNotFound, "Session not found");
        StoredTranscript transcript = await engine.ReadTranscriptAsync(fork.Source, limit: null, before: null, cancellationToken);
        IReadOnlyList<StoredMessage> history = fork.Point switch
        {
            ForkPoint.BeforeMessage before => Before(transcript.Messages, before.MessageId),
            ForkPoint.AtRecord { Direction: StreamDirection.In } at => await AtInputAsync(fork.Source, transcript.Messages, at.Sequence, cancellationToken),
            ForkPoint.AtRecord at => await AtOutputAsync(fork.Source, transcript.Messages, at.Sequence, cancellationToken),
            _ => throw new ArgumentOutOfRangeException(nameof(fork), fork.Point, null),
        };
        bool awaitsAnswer = fork.Point is ForkPoint.AtRecord { Direction: StreamDirection.In };
        StartedSession started = await engine.StartAsync(
            new StartSession
            {
                Environment = fork.Source.Environment,
                ExternalId = fork.ExternalId,
                Type = source.Type,
                Agent = source.Agent,
                TriggerConfig = Config(source, fork.ExternalId, awaitsAnswer),
                Tags = source.Tags,
                Metadata = source.Metadata,
                History = history,
            },
            cancellationToken);
        return started.IsCached ? throw new SessionException(SessionErrorCode.InvalidRequest, "There is a session under this id") : started;
    }

    private static IReadOnlyList<StoredMessage> Before(IReadOnlyList<StoredMessage> messages, string id)
    {
        int place = IndexOf(messages, id);
        return place >= 0 ? [.. messages.Take(place)] : throw NoSuch("message");
    }

    private async ValueTask<IReadOnlyList<StoredMessage>> AtInputAsync(
        SessionKey source, IReadOnlyList<StoredMessage> messages, long sequence, CancellationToken cancellationToken)
    {
        await foreach (StreamRecord record in RecordsAsync(new StreamId(source, "", StreamDirection.In), sequence, sequence, cancellationToken))
        {
            if (InputRecord.Read(record).Message is not { Role: UIMessageRole.User } message)
            {
                throw new SessionException(SessionErrorCode.InvalidRequest, "The record holds no message of a user");
            }

            int place = IndexOf(messages, message.Id);
            return place >= 0 ? [.. messages.Take(place + 1)] : [.. messages, StoredMessage.Of(message)];
        }

        throw NoSuch("record");
    }

    private async ValueTask<IReadOnlyList<StoredMessage>> AtOutputAsync(
        SessionKey source, IReadOnlyList<StoredMessage> messages, long sequence, CancellationToken cancellationToken)
    {
        var past = new OutPast();
        bool isThere = false;
        await foreach (StreamRecord record in RecordsAsync(StreamId.Out(source), 0, long.MaxValue, cancellationToken))
        {
            isThere |= record.Sequence == sequence;
            if (record.Sequence > sequence && past.HasAny)
            {
                break;
            }

            past.Add(record, isFuture: record.Sequence > sequence);
        }

        return isThere ? past.Cut(messages) : throw NoSuch("record");
    }

    private async IAsyncEnumerable<StreamRecord> RecordsAsync(
        StreamId stream, long first, long last, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        const int pageBytes = 256 * 1024;
        var from = new Cursor(first);
        while (from.Value <= last && await engine.ReadAsync(stream, from, pageBytes, cancellationToken) is { } batch)
        {
            foreach (StreamRecord record in batch.Decode().Where(record => record.Sequence >= first && record.Sequence <= last))
            {
                yield return record;
            }

            from = batch.Tail;
        }
    }

    private static string Config(SessionRow source, string? externalId, bool awaitsAnswer)
    {
        JsonObject config = ClientObject.Parse(source.TriggerConfig) ?? [];
        JsonObject payload = config["basePayload"] as JsonObject ?? [];
        config["basePayload"] = payload;
        payload.Remove("message");
        payload.Remove("messages");
        payload["trigger"] = awaitsAnswer ? "regenerate-message" : "preload";
        if (externalId is null)
        {
            payload.Remove("chatId");
        }
        else
        {
            payload["chatId"] = externalId;
        }

        return config.ToJsonString(InputJson.Options);
    }

    private static int IndexOf(IReadOnlyList<StoredMessage> messages, string id)
    {
        int place = messages.Count - 1;
        while (place >= 0 && messages[place].Id != id)
        {
            place--;
        }

        return place;
    }

    private static SessionException NoSuch(string what) => new(SessionErrorCode.InvalidRequest, $"The session has no such {what}");
}
