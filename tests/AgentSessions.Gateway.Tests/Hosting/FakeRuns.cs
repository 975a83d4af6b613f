using System.Collections.Concurrent;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;

namespace AgentSessions.Gateway.Tests.Hosting;

/// <summary>Runs that live until they are cancelled and never say anything.</summary>
internal sealed class FakeRuns : IRunHost
{
    private readonly ConcurrentDictionary<string, RunStatus> _live = new();

    public void Start(RunStart start, IRunOwner owner) => _live[start.Run.Id] = RunStatus.Waiting;

    public void Cancel(SessionKey session, string runId) => _live.TryRemove(runId, out _);

    public RunStatus? StatusOf(SessionKey session, string runId) => _live.TryGetValue(runId, out RunStatus status) ? status : null;
}
