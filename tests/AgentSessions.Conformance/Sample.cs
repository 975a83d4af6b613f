using System.Text;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Conformance;

/// <summary>Rows, batches and commits for tests.</summary>
public static class Sample
{
    /// <summary>When everything here happens.</summary>
    public static readonly DateTimeOffset Time = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>A row of an open session.</summary>
    public static SessionRow Row(SessionKey key) => new()
    {
        Key = key,
        Id = key.IsFriendly ? key.Key : $"{SessionKey.FriendlyPrefix}{key.Environment}-{key.Key}",
        ExternalId = key.IsFriendly ? null : key.Key,
        Type = "chat.agent",
        Agent = "echo",
        TriggerConfig = """{"basePayload":{"chatId":"ü"}}""",
        CreatedAt = Time,
        UpdatedAt = Time,
    };

    /// <summary>The commit that makes a session.</summary>
    public static SessionCommit Creation(SessionRow row) => new() { Session = row.Key, ExpectedVersion = 0, Row = row };

    /// <summary>Consecutive data records.</summary>
    public static RecordBatch Batch(long first, int count, string text = "chunk")
    {
        var builder = new RecordBatchBuilder(new Cursor(first));
        for (int i = 0; i < count; i++)
        {
            builder.AddChunk(Encoding.UTF8.GetBytes($"\"{text} {first + i}\""), Time.ToUnixTimeMilliseconds() + first + i);
        }

        return builder.Take()!;
    }

    /// <summary>A commit that appends to one stream and asks nothing else.</summary>
    public static SessionCommit Append(StreamId stream, RecordBatch batch) =>
        new() { Session = stream.Session, Appends = [new StreamAppend(stream, batch)] };

    /// <summary>A transcript's message.</summary>
    public static StoredMessage Message(string id, string text = "hi", bool final = true) =>
        new(id, Encoding.UTF8.GetBytes($$"""{"id":"{{id}}","text":"{{text}}"}"""), final);

    /// <summary>A live run.</summary>
    public static RunRow Run(SessionKey session, string id, long number) => new()
    {
        Id = id,
        Session = session,
        Number = number,
        Reason = RunReason.Initial,
        Agent = "echo",
        Status = RunStatus.Executing,
        CreatedAt = Time,
    };

    /// <summary>Fields that records compare by reference, as text.</summary>
    public static string Text(this StoredTranscript transcript) => string.Join(
        ' ', transcript.Messages.Select(message => $"{message.Id}={Encoding.UTF8.GetString(message.Json.Span)}{(message.Final ? "" : "?")}"));

    /// <summary>The ids of a page of messages.</summary>
    public static string Ids(this StoredTranscript transcript) => string.Join(' ', transcript.Messages.Select(message => message.Id));
}
