using System.Reflection;
using AgentSessions.Core;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Gateway.Stagent.Requests;
using AgentSessions.Gateway.Stagent.Turns;
using AgentSessions.Gateway.Tests.Hosting;
using AgentSessions.Protocol.Records;
using AgentSessions.TestServer;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Gateway.Tests.Stagent;

public sealed class TurnFollowerTests
{
    [Fact]
    public async Task Turn_ThatAsksAndWhoseRunEndsBetweenAWaitAndALook_WaitsForItsAnswer()
    {
        await using StagentServerHandle handle = await StagentServerHandle.NewAsync(("AgentSessions:Stagent:TurnLease", "00:05:00"));
        StagentServer server = handle.Server;
        string id = await server.NewAsync("gated-permission");
        var session = new SessionKey(Calls.EnvironmentDefault, id);
        await using TurnReader turn = await TurnReader.SendAsync(server, id, new { content = "read" });
        await turn.UntilAsync("delta");
        ActiveTurn active = (await server.Services.GetRequiredService<TurnStore>().FindActiveAsync(session, CancellationToken.None))!;
        var looked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ISessionEngine engine = LookedAtEngine.Of(server.Engine, async () =>
        {
            if (looked.Task.IsCompleted)
            {
                return;
            }

            server.Open("read");
            await server.UntilSettledAsync(id);
            string run = (await server.Engine.FindAsync(session, CancellationToken.None))!.CurrentRunId!;
            Assert.Equal(RunStatus.Canceled, (await server.Engine.CancelRunAsync(session.Environment, run, CancellationToken.None)).Status);
            looked.SetResult();
        });
        var viewer = new AskedViewer();
        using var stop = new CancellationTokenSource();
        Task<TurnEnd> following = new TurnFollower(server.Services.GetRequiredService<TurnServices>() with { Engine = engine }, session, active, viewer)
            .RunAsync(Cursor.Start, isResumed: false, stop.Token);

        await Eventually.TrueAsync(
            () =>
            {
                server.Clock.Skip(TimeSpan.FromSeconds(1));
                return Task.FromResult(following.IsCompleted || viewer.TicksAfter(looked.Task) > 1);
            },
            "what the look leads to");

        Assert.False(following.IsCompleted, "the turn was broken off");
        Assert.False(await server.RespondAsync(id, new { requestId = viewer.Asked!.Id, behavior = "allow" }));
        Assert.Equal(TurnNote.Complete, (await following).Status);
    }

    private sealed class AskedViewer : ITurnViewer
    {
        private int _ticks;

        public PendingRequest? Asked { get; private set; }

        public int TicksAfter(Task looked) => looked.IsCompleted ? Volatile.Read(ref _ticks) : 0;

        public ValueTask StatusAsync(string phase, string message) => default;

        public ValueTask DeltaAsync(string text) => default;

        public ValueTask AskAsync(PendingRequest request)
        {
            Asked = request;
            Interlocked.Exchange(ref _ticks, 0);
            return default;
        }

        public ValueTask ShowAsync(Screenshot screenshot) => default;

        public ValueTask TickAsync()
        {
            Interlocked.Increment(ref _ticks);
            return default;
        }
    }

    /// <summary>An engine that does something before each look at a session.</summary>
    private class LookedAtEngine : DispatchProxy
    {
        private ISessionEngine? _engine;
        private Func<Task>? _before;

        public static ISessionEngine Of(ISessionEngine engine, Func<Task> before)
        {
            ISessionEngine proxy = Create<ISessionEngine, LookedAtEngine>();
            var looked = (LookedAtEngine)(object)proxy;
            looked._engine = engine;
            looked._before = before;
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.Name == nameof(ISessionEngine.FindAsync) ? FindAsync((SessionKey)args![0]!, (CancellationToken)args[1]!)
            : targetMethod.Invoke(_engine, args);

        private async ValueTask<SessionRow?> FindAsync(SessionKey session, CancellationToken cancellationToken)
        {
            await _before!();
            return await _engine!.FindAsync(session, cancellationToken);
        }
    }
}
