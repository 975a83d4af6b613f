using System.Threading.Channels;
using AgentSessions.Core.Sessions;
using AgentSessions.Orleans.Streams;
using AgentSessions.Orleans.Streams.Direct;
using AgentSessions.Orleans.Tests.Hosting;
using AgentSessions.Protocol.Records;
using AgentSessions.Testing;
using AgentSessions.TestServer;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentSessions.Orleans.Tests;

public sealed class DirectTests
{
    private static readonly StreamId _stream = StreamId.Out(new SessionKey("default", "chat"));

    [Fact]
    public async Task Link_WhileACallIsUnderWay_GathersForTheNext()
    {
        var called = Channel.CreateUnbounded<(long[] Sequences, bool IsGap, TaskCompletionSource Answer)>();
        PushLink link = LinkTo(called);

        link.Add(Push(0));
        (long[] first, _, TaskCompletionSource answer) = await called.Reader.ReadAsync().AsTask().WaitAsync(Chat.Limit);
        link.Add(Push(1));
        link.Add(Push(2));
        answer.SetResult();
        (long[] second, bool isGap, answer) = await called.Reader.ReadAsync().AsTask().WaitAsync(Chat.Limit);
        answer.SetResult();

        Assert.Equal([0], first);
        Assert.Equal([1, 2], second);
        Assert.False(isGap);
    }

    [Fact]
    public async Task Link_ToASlowProcess_DropsWhatIsTooMuch_AndSaysSo()
    {
        const int Mebibyte = 1024 * 1024;
        var called = Channel.CreateUnbounded<(long[] Sequences, bool IsGap, TaskCompletionSource Answer)>();
        PushLink link = LinkTo(called);

        link.Add(Push(0));
        TaskCompletionSource answer = (await called.Reader.ReadAsync().AsTask().WaitAsync(Chat.Limit)).Answer;
        for (int i = 1; i <= 5; i++)
        {
            link.Add(Push(i, Mebibyte));
        }

        answer.SetResult();
        (long[] sequences, bool isGap, answer) = await called.Reader.ReadAsync().AsTask().WaitAsync(Chat.Limit);
        answer.SetResult();

        Assert.Equal([5], sequences);
        Assert.True(isGap);
    }

    [Fact]
    public async Task Link_ToAProcessThatDoesNotAnswer_IsGivenUp()
    {
        var time = new ManualTime();
        var failed = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        var link = new PushLink(static (_, _) => new TaskCompletionSource().Task, failed.SetResult, time);
        Task isTimed = time.TimerAsync(TimeSpan.FromSeconds(10));

        link.Add(Push(0));
        await isTimed.WaitAsync(Chat.Limit);
        time.Advance(TimeSpan.FromSeconds(10));

        Assert.IsType<TimeoutException>(await failed.Task.WaitAsync(Chat.Limit));
    }

    [Fact]
    public async Task Followers_WhoseNewsDoNotFollow_SayEverythingAnew()
    {
        var heard = Channel.CreateUnbounded<StreamPush>();
        var time = new ManualTime();
        var followers = new StreamFollowers(time, NullLogger<StreamFollowers>.Instance);
        var follower = new Follower(heard);

        Assert.False(followers.Take(follower, News(1)));
        Assert.True(followers.Take(follower, News(0, _stream)));
        Assert.True(followers.Take(follower, News(1)));
        Assert.False(followers.Take(follower, News(3)));
        followers.Tell(_stream, StreamEvent.Deleted);
        Assert.Equal(StreamName.Of(_stream), (await heard.Reader.ReadAsync().AsTask().WaitAsync(Chat.Limit)).Stream);

        Assert.True(followers.Take(follower, News(0)));
        Assert.False(followers.HasAny(_stream));
        Assert.True(followers.Take(follower, News(1, _stream)));
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.False(followers.Take(follower, News(2)));
        Assert.False(followers.HasAny(_stream));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Followers_OfAVersionWithoutInterruptions_AreNotToldOfThem(bool hears)
    {
        var heard = Channel.CreateUnbounded<StreamPush>();
        var followers = new StreamFollowers(TimeProvider.System, NullLogger<StreamFollowers>.Instance);
        followers.Take(new Follower(heard), new FollowNews { Follower = "f", Added = [StreamName.Of(_stream)], HearsInterruptions = hears });

        followers.Tell(_stream, StreamEvent.Interruption);
        followers.Tell(_stream, StreamEvent.Deleted);

        Assert.Equal(hears, (await heard.Reader.ReadAsync().AsTask().WaitAsync(Chat.Limit)).Event.IsInterruption);
    }

    [Fact]
    public async Task Followers_ThatCannotBeReached_AreGivenUp_AndComeBack()
    {
        var followers = new StreamFollowers(TimeProvider.System, NullLogger<StreamFollowers>.Instance);
        var follower = new Follower(null);
        followers.Take(follower, News(0, _stream));

        followers.Tell(_stream, StreamEvent.Deleted);
        await Eventually.HoldsAsync(() => Task.FromResult(followers.HasAny(_stream)), static hasAny => !hasAny, "the follower given up");

        Assert.False(followers.Take(follower, News(1)));
        Assert.True(followers.Take(follower, News(0, _stream)));
        Assert.True(followers.HasAny(_stream));
    }

    [Fact]
    public async Task Node_ThatCannotBeToldForLong_IsTalkedOfOnce()
    {
        var time = new ManualTime();
        var talked = Channel.CreateUnbounded<Exception>();
        var link = new FollowLink(
            static _ => throw new SiloUnavailableException("It is gone"), "f", static () => [], static _ => { }, cause => talked.Writer.TryWrite(cause), time);

        link.Ask();
        foreach (int pause in (int[])[50, 100, 200, 400, 800, .. Enumerable.Repeat(1000, 12)])
        {
            await time.TimerAsync(TimeSpan.FromMilliseconds(pause)).WaitAsync(Chat.Limit);
            time.Advance(TimeSpan.FromMilliseconds(pause));
        }

        await time.TimerAsync(TimeSpan.FromSeconds(1)).WaitAsync(Chat.Limit);
        Assert.Equal(1, talked.Reader.Count);
    }

    private static PushLink LinkTo(Channel<(long[] Sequences, bool IsGap, TaskCompletionSource Answer)> called) => new(
        (pushes, isGap) =>
        {
            var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            called.Writer.TryWrite(([.. pushes.Select(static push => push.Event.First)], isGap, answer));
            return answer.Task;
        },
        static _ => Assert.Fail("It was reached."),
        TimeProvider.System);

    private static StreamPush Push(long sequence, int bytes = 1) => new()
    {
        Stream = StreamName.Of(_stream),
        Event = StreamEvent.Of(new RecordBatch(new Cursor(sequence), 1, 1, new byte[bytes])),
    };

    private static FollowNews News(long number, params StreamId[] added) =>
        new() { Follower = "f", Number = number, Added = [.. added.Select(StreamName.Of)] };

    /// <summary>Hears everything, or cannot be reached.</summary>
    private sealed class Follower(Channel<StreamPush>? heard) : IStreamFollower
    {
        public Task ReceiveAsync(StreamPush[] events, bool isGap)
        {
            foreach (StreamPush push in events)
            {
                (heard ?? throw new TimeoutException("Nobody there.")).Writer.TryWrite(push);
            }

            return Task.CompletedTask;
        }
    }
}
