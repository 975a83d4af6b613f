using System.Text.Json;
using System.Text.Json.Nodes;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Holding;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Orleans.Messages;
using AgentSessions.Orleans.NextServer;
using AgentSessions.Orleans.Streams;
using AgentSessions.Orleans.Streams.Direct;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace AgentSessions.Orleans.Tests;

/// <summary>What nodes of two versions say to each other. A golden file changes only when its message has got a member.</summary>
public sealed class MessageTests
{
    private static readonly SessionKey _session = new("default", "hello");
    private static readonly DateTimeOffset _time = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static readonly SessionRow _row = new()
    {
        Key = _session,
        Id = "session_1",
        ExternalId = "hello",
        Type = "chat.agent",
        Agent = "echo",
        TriggerConfig = """{"basePayload":{}}""",
        Tags = ["a"],
        CreatedAt = _time,
        UpdatedAt = _time,
        CurrentRunId = "run_1",
        HasLiveRun = true,
        RunVersion = 1,
    };

    private static readonly RunRow _run = new()
    {
        Id = "run_1",
        Session = _session,
        Number = 1,
        Reason = RunReason.Initial,
        Agent = "echo",
        Status = RunStatus.Executing,
        CreatedAt = _time,
    };

    private static readonly Serializer _serializer = new ServiceCollection()
        .AddSerializer(static serializer => serializer.AddJsonSerializer(MessageTypes.Contains, isCopyable: null))
        .BuildServiceProvider().GetRequiredService<Serializer>();

    public static TheoryData<string> Names => [.. Messages.Keys];

    private static Dictionary<string, object> Messages => new()
    {
        ["session-key"] = _session,
        ["stream-id"] = new StreamId(_session, "side", StreamDirection.Out),
        ["start-session"] = new StartSession
        {
            Environment = "default",
            ExternalId = "hello",
            Type = "chat.agent",
            Agent = "echo",
            TriggerConfig = "{}",
            Tags = ["a"],
            Metadata = "{}",
            ExpiresAt = _time,
        },
        ["started-session"] = new StartedSession(_row, "run_1", IsCached: true),
        ["update-session"] = new UpdateSession { Tags = ["b"], SetsMetadata = true, Metadata = "{}", MetadataKey = "title", KeepsMetadataValue = true },
        ["append-text"] = new AppendText("hi"u8.ToArray(), "part"),
        ["appended-record"] = new AppendedRecord(7, IsRepeat: true),
        ["new-record"] = new NewRecord("{}"u8.ToArray(), [new RecordHeader("a", "b")]),
        ["record-batch"] = new RecordBatch(new Cursor(3), 1, 5, "{}"u8.ToArray()),
        ["transcript-delta"] = new TranscriptDelta { TruncateAfter = "m", Puts = [new StoredMessage("n", "{}"u8.ToArray(), Final: true)], LastOutSequence = 4 },
        ["hold-session"] = new HoldSession(HoldAction.Say) { By = "ada", MessageId = "m", Text = "hi" },
        ["swap-run"] = new SwapRun("run_1", RunReason.Upgrade, "v2"),
        ["run-successor"] = new RunSuccessor("v2", "echo"),
        ["swapped-run"] = new SwappedRun("run_2", Swapped: true),
        ["session-progress"] = new SessionProgress { ResumeFloor = 1, AppliedThrough = 2, LastBoundary = 3, Deaths = 1 },
        ["run-start"] = new RunStart
        {
            Session = _row,
            Run = _run,
            Progress = SessionProgress.None,
            InTail = new Cursor(1),
            OutTail = Cursor.Start,
            OutTailTimestamp = 5,
            Payload = "{}",
            Version = 4,
        },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Message_IsTheGoldenText_AndComesBack(string name)
    {
        object message = Messages[name];
        string golden = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", $"{name}.json")).Trim();

        Assert.Equal(golden, JsonSerializer.Serialize(message, message.GetType()));
        object? back = _serializer.Deserialize<object>(_serializer.SerializeToArray(message));
        Assert.Equal(golden, JsonSerializer.Serialize(back, message.GetType()));
    }

    // Each message says its type by this name; a node of another version that does not know the name cannot read it.
    [Fact]
    public void Messages_HaveTheNamesThatOlderNodesKnow() => Assert.Equal(
        [
            "AgentSessions.Core.Runs.RunEnd", "AgentSessions.Core.Runs.RunRow", "AgentSessions.Core.Runs.RunStart", "AgentSessions.Core.Runs.RunStatus",
            "AgentSessions.Core.Runs.RunSuccessor", "AgentSessions.Core.Sessions.AppendText", "AgentSessions.Core.Sessions.AppendedRecord",
            "AgentSessions.Core.Sessions.Holding.HoldSession", "AgentSessions.Core.Sessions.NewRecord", "AgentSessions.Core.Sessions.SessionKey",
            "AgentSessions.Core.Sessions.SessionProgress", "AgentSessions.Core.Sessions.SessionRow", "AgentSessions.Core.Sessions.StartSession",
            "AgentSessions.Core.Sessions.StartedSession", "AgentSessions.Core.Sessions.SwapRun", "AgentSessions.Core.Sessions.SwappedRun",
            "AgentSessions.Core.Sessions.UpdateSession", "AgentSessions.Core.Storage.TranscriptDelta", "AgentSessions.Core.Streams.StreamId",
            "AgentSessions.Protocol.Records.RecordBatch",
        ],
        Messages.Values.Select(static message => message.GetType()).Concat([typeof(SessionRow), typeof(RunRow), typeof(RunStatus), typeof(RunEnd)])
            .Select(static type => type.FullName).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Names))]
    public void Message_OfANewerNode_WithAMemberMore_IsRead(string name)
    {
        Type type = Messages[name].GetType();
        var newer = (JsonObject)JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", $"{name}.json")))!;
        newer["AddedLater"] = new JsonObject { ["x"] = 1 };

        Assert.Equal(JsonSerializer.Serialize(Messages[name], type), JsonSerializer.Serialize(newer.Deserialize(type), type));
    }

    [Fact]
    public void StreamEvent_IsTheGoldenBytes_AndComesBack()
    {
        byte[] bytes = _serializer.SerializeToArray(StreamEvent.Of(new RecordBatch(new Cursor(3), 2, 5, "{},{}"u8.ToArray())));
        string golden = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "stream-event.hex")).Trim();

        Assert.Equal(golden, Convert.ToHexString(bytes));
        RecordBatch? back = _serializer.Deserialize<StreamEvent>(Convert.FromHexString(golden))!.ToBatch();
        Assert.Equal((3L, 2, 5L), (back!.First.Value, back.Count, back.Timestamp));
        Assert.Equal("{},{}"u8.ToArray(), back.Records.ToArray());
        Assert.Null(_serializer.Deserialize<StreamEvent>(_serializer.SerializeToArray(StreamEvent.Deleted))!.ToBatch());
        Assert.True(_serializer.Deserialize<StreamEvent>(_serializer.SerializeToArray(StreamEvent.Interruption))!.IsInterruption);
    }

    [Fact]
    public void DirectMessages_AreTheGoldenBytes_AndComeBack()
    {
        var name = new StreamName("default", "chat", "logs", IsOut: true);
        var push = new StreamPush { Stream = name, Event = StreamEvent.Of(new RecordBatch(new Cursor(3), 2, 5, "{},{}"u8.ToArray())) };
        var news = new FollowNews { Follower = "f", Number = 7, Added = [name], Removed = [name with { IsOut = false }], HearsInterruptions = true };

        Assert.Equal(Convert.FromHexString(Golden("stream-push")), _serializer.SerializeToArray(push));
        Assert.Equal(Convert.FromHexString(Golden("follow-news")), _serializer.SerializeToArray(news));
        StreamPush pushed = _serializer.Deserialize<StreamPush>(Convert.FromHexString(Golden("stream-push")))!;
        Assert.Equal((name, 3L, 2), (pushed.Stream, pushed.Event.First, pushed.Event.Count));
        FollowNews told = _serializer.Deserialize<FollowNews>(Convert.FromHexString(Golden("follow-news")))!;
        Assert.Equal(("f", 7L, name, name.ToStream()), (told.Follower, told.Number, told.Added[0], told.Added[0].ToStream()));
        Assert.False(Assert.Single(told.Removed).IsOut);
        Assert.True(told.HearsInterruptions);
        Assert.False(_serializer.Deserialize<FollowNews>(Convert.FromHexString(Golden("follow-news-without-interruptions")))!.HearsInterruptions);

        static string Golden(string name) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", $"{name}.hex")).Trim();
    }

    [Fact]
    public void StreamEvent_OfANewerNode_WithAMemberMore_IsRead_AndTheOtherWayRound()
    {
        byte[] newer = _serializer.SerializeToArray(new NextStreamEvent { First = 3, Count = 2, Timestamp = 5, Records = "{},{}"u8.ToArray(), Added = "more" });
        byte[] older = _serializer.SerializeToArray(StreamEvent.Of(new RecordBatch(new Cursor(3), 2, 5, "{},{}"u8.ToArray())));

        NextStreamEvent read = _serializer.Deserialize<NextStreamEvent>(older)!;

        Assert.Equal(2, _serializer.Deserialize<StreamEvent>(newer)!.ToBatch()!.Count);
        Assert.Equal((3L, null), (read.First, read.Added));
    }

    [Fact]
    public void LateCallException_ComesBackWithTheTime()
    {
        Exception thrown = new LateCallException(_time);
        Assert.Equal(_time, Assert.IsType<LateCallException>(_serializer.Deserialize<Exception>(_serializer.SerializeToArray(thrown))).Now);
    }

    [Fact]
    public void SessionException_ComesBackWithEverythingButItsCause()
    {
        Exception thrown = new SessionException(SessionErrorCode.SessionClosed, "closed", new InvalidOperationException("inside"))
        {
            ClosedReason = "done",
            RetryAfter = TimeSpan.FromSeconds(3),
            ShouldRetry = false,
        };

        var back = Assert.IsType<SessionException>(_serializer.Deserialize<Exception>(_serializer.SerializeToArray(thrown)));

        Assert.Equal((SessionErrorCode.SessionClosed, "closed", "done"), (back.Code, back.Message, back.ClosedReason));
        Assert.Equal((TimeSpan.FromSeconds(3), false), (back.RetryAfter, back.ShouldRetry));
        Assert.Null(back.InnerException);
    }
}
