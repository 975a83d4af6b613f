namespace AgentSessions.Cli.Terminals;

/// <summary>A token that Ctrl-C cancels.</summary>
internal sealed class InterruptedToken : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly IDisposable _taken;

    public InterruptedToken(Interrupts interrupts) => _taken = interrupts.Take(_source.Cancel);

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        _taken.Dispose();
        _source.Dispose();
    }
}
