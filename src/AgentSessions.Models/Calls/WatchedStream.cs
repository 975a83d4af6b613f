namespace AgentSessions.Models.Calls;

/// <summary>An answer's bytes, of which the next must come in time. For clients that do not let us see the tokens.</summary>
internal sealed class WatchedStream(Stream inner, CallTimer timer, TimeSpan idle) : ReadOnlyStream(inner)
{
    private bool _begun;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_begun)
        {
            timer.Expect("no further byte", idle);
        }

        int count = await Inner.ReadAsync(buffer, cancellationToken);
        timer.Rest();
        _begun = true;
        return count;
    }
}
