using System.Text.Json;
using System.Text.Json.Nodes;
using AgentSessions.Core.Runs.Writing;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Testing;

/// <summary>What a process that died has left of the session: a test begins with its successor, whose first run is a continuation.</summary>
/// <remarks>Takes effect when the session is started, which the first send does. Calls add up.</remarks>
public sealed class TestSeed
{
    private readonly List<UIMessage> _transcript = [];
    private readonly List<UIMessageChunk> _out = [];
    private readonly List<UIMessage> _in = [];

    internal TestSeed()
    {
    }

    internal bool IsEmpty => _transcript.Count == 0 && _out.Count == 0 && _in.Count == 0;

    /// <summary>Messages that are stored, oldest first.</summary>
    public TestSeed Transcript(params IEnumerable<UIMessage> messages)
    {
        _transcript.AddRange(messages);
        return this;
    }

    /// <summary>Chunks on <c>out</c> that the stored transcript does not cover; an answer among them is whole if it goes from <c>start</c> to <c>finish</c>.</summary>
    public TestSeed OutTail(params IEnumerable<UIMessageChunk> chunks)
    {
        _out.AddRange(chunks);
        return this;
    }

    /// <summary>An answer on <c>out</c> that broke off after a text.</summary>
    /// <param name="text">What was said.</param>
    /// <param name="messageId">The answer's id.</param>
    public TestSeed OutPartial(string text, string messageId = "partial") =>
        OutTail(new StartChunk(messageId), new StartStepChunk(), new TextStartChunk("t"), new TextDeltaChunk("t", text));

    /// <summary>Users' messages on <c>in</c> that nobody has answered, in order; the first has the sequence 0.</summary>
    public TestSeed InTail(params IEnumerable<UIMessage> messages)
    {
        _in.AddRange(messages);
        return this;
    }

    /// <summary>The commit that puts all of it into a session that has just been started.</summary>
    internal SessionCommit ToCommit(SessionHead head, long now)
    {
        var output = new RecordBatchBuilder(head.Out.Tail);
        _out.ForEach(chunk => output.AddChunk(OutWriter.Serialise(chunk), now));
        var input = new RecordBatchBuilder(head.In.Tail);
        foreach (UIMessage message in _in)
        {
            var record = new JsonObject
            {
                ["kind"] = "message",
                ["payload"] = new JsonObject { ["trigger"] = "submit-message", ["message"] = JsonSerializer.SerializeToNode(message, UIJson.Options) },
            };
            input.AddText(JsonSerializer.SerializeToUtf8Bytes(record), $"seed-{message.Id}", now);
        }

        SessionKey session = head.Row.Key;
        var appends = new List<StreamAppend>();
        if (output.Take() is { } said)
        {
            appends.Add(new StreamAppend(StreamId.Out(session), said));
        }

        if (input.Take() is { } asked)
        {
            appends.Add(new StreamAppend(StreamId.In(session), asked));
        }

        return new SessionCommit
        {
            Session = session,
            Appends = appends,
            Transcript = new TranscriptDelta
            {
                Puts = [.. _transcript.Select(static message => new StoredMessage(message.Id, JsonSerializer.SerializeToUtf8Bytes(message, UIJson.Options), Final: true))],
                SavedAt = now,
            },
        };
    }
}
