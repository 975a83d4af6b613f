using System.Text;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Benchmarks.Micro;

/// <summary>An answer of 200 deltas of 20 bytes, in the forms it takes on its way.</summary>
internal static class Answers
{
    public const int Deltas = 200;

    private const long Time = 1_795_248_140_825;

    public static SessionKey Session { get; } = new("env", "chat-1");

    public static StreamId Out { get; } = StreamId.Out(Session);

    public static UIMessageChunk[] Chunks { get; } =
    [
        new StartChunk("msg-1"), new StartStepChunk(), new TextStartChunk("t0"),
        .. Enumerable.Range(0, Deltas).Select(index => new TextDeltaChunk("t0", Delta(index))),
        new TextEndChunk("t0"), new FinishStepChunk(), new FinishChunk(UIFinishReason.Stop),
    ];

    public static string Delta(int index) => $"~{index:D6}~abcdefghijk ";

    public static byte[] Message(int number) => Encoding.UTF8.GetBytes(
        $$$$"""{"kind":"message","payload":{"chatId":"chat-1","trigger":"submit-message","message":{"id":"m{{{{number}}}}","role":"user","parts":[{"type":"text","text":"go 200 0"}]}}}""");

    public static SessionRow Row { get; } = new()
    {
        Key = Session,
        Id = "session_1",
        ExternalId = Session.Key,
        Type = "chat.agent",
        Agent = "load",
        TriggerConfig = """{"basePayload":{"chatId":"chat-1"}}""",
        CreatedAt = DateTimeOffset.UnixEpoch,
        UpdatedAt = DateTimeOffset.UnixEpoch,
    };

    /// <summary>Deltas as records of <c>out</c>.</summary>
    public static RecordBatch Batch(Cursor first, int deltas)
    {
        var builder = new RecordBatchBuilder(first);
        for (int i = 0; i < deltas; i++)
        {
            builder.TryAddTextDelta("t0", Delta(i), Time);
        }

        return builder.Take()!;
    }
}
