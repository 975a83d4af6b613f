using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Tests;

/// <summary>A tool named <c>work</c> that says when it runs and waits until the test lets it go.</summary>
internal sealed class GatedTool : IDisposable
{
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public GatedTool() => Function = AIFunctionFactory.Create(
        async (CancellationToken cancellationToken) =>
        {
            Interlocked.Increment(ref _calls);
            _entered.TrySetResult();
            await _release.Task.WaitAsync(cancellationToken);
            return "worked";
        },
        "work");

    private int _calls;

    public AIFunction Function { get; }

    public int Calls => Volatile.Read(ref _calls);

    public Task Entered => _entered.Task.WaitAsync(TimeSpan.FromSeconds(60));

    public void Release() => _release.TrySetResult();

    public void Dispose() => Release();
}
