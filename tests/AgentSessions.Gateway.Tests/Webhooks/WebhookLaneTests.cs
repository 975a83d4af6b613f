using System.Threading.Channels;
using AgentSessions.Gateway.Webhooks;

namespace AgentSessions.Gateway.Tests.Webhooks;

/// <summary>How many events are on the way to one endpoint.</summary>
public sealed class WebhookLaneTests : IDisposable
{
    private static readonly (bool, string) _taken = (true, "204");
    private static readonly (bool, string) _timedOut = (false, WebhookSender.TimedOut);
    private static readonly WebhookEvent _event = new("evt_1", WebhookEvent.RunFailed, DateTimeOffset.UnixEpoch, []);

    private readonly Channel<TaskCompletionSource<(bool, string)>> _tries = Channel.CreateUnbounded<TaskCompletionSource<(bool, string)>>();
    private readonly WebhookLane _lane;

    public WebhookLaneTests() => _lane = new WebhookLane((_, _) =>
    {
        var answer = new TaskCompletionSource<(bool, string)>(TaskCreationOptions.RunContinuationsAsynchronously);
        _tries.Writer.TryWrite(answer);
        return new ValueTask<(bool, string)>(answer.Task);
    });

    public void Dispose() => _lane.Dispose();

    [Fact]
    public async Task Events_AreOnTheWayTogether_AsManyAsTheLaneIsWide()
    {
        Task<(bool, string)?>[] sent = [.. Enumerable.Range(0, WebhookLane.Width + 1).Select(_ => SendAsync())];
        Assert.Equal(WebhookLane.Width, _tries.Reader.Count);

        (await _tries.Reader.ReadAsync()).SetResult(_taken);
        await (await Task.WhenAny(sent));
        for (int i = 0; i < WebhookLane.Width; i++)
        {
            (await _tries.Reader.ReadAsync()).SetResult(_taken);
        }

        Assert.All(await Task.WhenAll(sent), static came => Assert.Equal(_taken, came));
        Assert.False(_lane.IsClosed);
    }

    [Fact]
    public async Task EndpointThatLetsEventsTimeOut_IsTriedByOneAtATime_UntilItTakesOne()
    {
        Task<(bool, string)?> first = SendAsync();
        (await _tries.Reader.ReadAsync()).SetResult(_timedOut);
        Assert.Equal(_timedOut, await first);
        Assert.False(_lane.IsClosed);

        Task<(bool, string)?> probe = SendAsync();
        Assert.True(_lane.IsClosed);
        Assert.Null(await SendAsync());
        Assert.Equal(1, _tries.Reader.Count);

        (await _tries.Reader.ReadAsync()).SetResult(_taken);
        Assert.Equal(_taken, await probe);
        Task<(bool, string)?>[] both = [SendAsync(), SendAsync()];
        Assert.Equal(2, _tries.Reader.Count);
        _tries.Reader.TryRead(out TaskCompletionSource<(bool, string)>? one);
        _tries.Reader.TryRead(out TaskCompletionSource<(bool, string)>? other);
        one!.SetResult(_taken);
        other!.SetResult(_taken);
        await Task.WhenAll(both);
    }

    private Task<(bool, string)?> SendAsync() => _lane.TrySendAsync(_event, CancellationToken.None);
}
