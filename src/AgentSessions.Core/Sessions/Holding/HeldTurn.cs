using AgentSessions.Core.Runs.Input;
using AgentSessions.Core.Runs.Writing;
using AgentSessions.Core.Sessions.Terms;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Sessions.Holding;

/// <summary>A turn that no run completes: the commit of its last records, its boundary, and what it adds to the transcript.</summary>
/// <param name="Chunks">What it still says.</param>
/// <param name="Messages">The messages it leaves, oldest first.</param>
/// <param name="ConsumedThrough">The <c>in</c> sequence through which it has answered everything.</param>
internal sealed record HeldTurn(IReadOnlyList<UIMessageChunk> Chunks, IReadOnlyList<StoredMessage> Messages, long ConsumedThrough)
{
    /// <summary>The inputs that count as answered by it, oldest first.</summary>
    public IReadOnlyList<InputRecord> Answered { get; init; } = [];

    /// <summary>
    /// Those of them that only the agent can act on, once it has the session back. They come once more behind what the turn has consumed, without
    /// what was told and removed with this turn.
    /// </summary>
    public IReadOnlyList<InputRecord> Repeated { get; init; } = [];

    /// <summary>What whoever asked is told of each of them, behind its own message.</summary>
    public TurnReceipt Receipt { get; init; } = new() { State = TurnState.Completed };

    /// <summary>Set if it is the session's last turn, because the session is closed.</summary>
    public SessionClosing? Closing { get; init; }

    /// <summary>The chunks of a whole answer.</summary>
    public static IReadOnlyList<UIMessageChunk> Answer(string messageId, string text) =>
    [
        new StartChunk(messageId), new StartStepChunk(), new TextStartChunk("t0"), new TextDeltaChunk("t0", text), new TextEndChunk("t0"),
        new FinishStepChunk(), new FinishChunk(UIFinishReason.Stop),
    ];

    /// <summary>The message those chunks make.</summary>
    public static UIMessage Message(IReadOnlyList<UIMessageChunk> chunks)
    {
        var builder = new UIMessageBuilder();
        foreach (UIMessageChunk chunk in chunks)
        {
            builder.Apply(chunk);
        }

        return UIMessageClean.CloseText(builder.Build());
    }

    /// <summary>The user's message that an input brings; null if it brings none.</summary>
    public static UIMessage? Question(InputRecord input) =>
        input is { Trigger: InputTrigger.Submit, Message: { Role: UIMessageRole.User } message } ? UIMessageClean.CleanIncoming(message) : null;

    /// <summary>Whether an input decides on tool calls that an answer left open.</summary>
    public static bool DecidesOnCalls(InputRecord input) => input is { Trigger: InputTrigger.Submit, Message.Role: UIMessageRole.Assistant };

    /// <summary>The commit, for the places where the session's streams end.</summary>
    public SessionCommit At(SessionHead head, DateTimeOffset now)
    {
        long timestamp = now.ToUnixTimeMilliseconds();
        var builder = new RecordBatchBuilder(head.Out.Tail);
        foreach (InputRecord input in Answered.Where(static input => input.Terms is not null))
        {
            builder.Add(default, MessageTerms.Begun(input.Sequence), timestamp);
        }

        foreach (UIMessageChunk chunk in Chunks)
        {
            builder.AddChunk(OutWriter.Serialise(chunk), timestamp);
        }

        long boundary = builder.Tail.Value;
        long consumed = Math.Max(ConsumedThrough, head.Progress.ResumeFloor);
        long applied = Math.Max(ConsumedThrough, head.Progress.AppliedThrough);
        builder.Add(
            default,
            [
                new RecordHeader(ControlHeaders.Control, ControlHeaders.TurnComplete),
                new RecordHeader(ControlHeaders.InEventId, consumed.ToString()),
                new RecordHeader(ControlHeaders.InConsumedId, applied.ToString()),
                .. Closing?.OnBoundary ?? [],
            ],
            timestamp);
        Cursor? trim = head.Progress.LastBoundary < 0 ? null : new Cursor(head.Progress.LastBoundary);
        if (trim is { } firstKept)
        {
            builder.AddTrim(firstKept, timestamp);
        }

        if (Closing is not null)
        {
            builder.Add(default, Closing.OwnRecord, timestamp);
        }

        return new SessionCommit
        {
            Session = head.Row.Key,
            ExpectedVersion = head.Version,
            ExpectedRunVersion = head.Row.RunVersion,
            Appends = [new StreamAppend(StreamId.Out(head.Row.Key), builder.Take()!), .. Repeats(head, timestamp)],
            TrimOutBefore = trim,
            Progress = head.Progress with { ResumeFloor = consumed, AppliedThrough = applied, LastBoundary = boundary, Deaths = 0 },
            Transcript = new TranscriptDelta { Puts = Messages, LastOutSequence = boundary, LastInSequence = consumed, SavedAt = timestamp },
            States = [.. Answered.SelectMany(input => AtEnd(head.Row.Key, input))],
        };
    }

    private IEnumerable<StreamAppend> Repeats(SessionHead head, long timestamp)
    {
        var builder = new RecordBatchBuilder(head.In.Tail);
        foreach (InputRecord input in Repeated)
        {
            byte[] text = InputJson.Message(input.Payload.GetRawText());
            RecordHeader[] headers = input.Terms is { } terms ? [(terms with { Receipt = null, Preface = null }).ToHeader()] : [];
            builder.AddText(text, $"held-{input.Sequence}", timestamp, headers);
        }

        return builder.Take() is { } batch ? [new StreamAppend(StreamId.In(head.Row.Key), batch)] : [];
    }

    private IEnumerable<StatePut> AtEnd(SessionKey session, InputRecord input) => input.Terms is not { } terms
        ? []
        : (Question(input) is { } question ? Receipt with { Messages = [question, .. Receipt.Messages] } : Receipt).AtEnd(session, terms);
}
