using AgentSessions.Protocol.Errors;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Limits;

/// <summary>Keeps the server from taking on more than it can serve: a queue that only grows helps nobody, a refusal with a hint does.</summary>
internal sealed class Admission(IOptions<AdmissionOptions> options)
{
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);

    private readonly TakenPlaces _writes = new();
    private readonly TakenPlaces _readers = new();

    /// <summary>Counts a write in until the lease is disposed.</summary>
    /// <exception cref="SessionException"><see cref="SessionErrorCode.Overloaded"/>.</exception>
    public Lease Write() => Enter(_writes, options.Value.Writes);

    /// <summary>Counts an event stream in until the lease is disposed.</summary>
    /// <exception cref="SessionException"><see cref="SessionErrorCode.Overloaded"/>.</exception>
    public Lease Reader() => Enter(_readers, options.Value.Readers);

    private static Lease Enter(TakenPlaces count, int limit)
    {
        if (Interlocked.Increment(ref count.Value) <= limit)
        {
            return new Lease(count);
        }

        Interlocked.Decrement(ref count.Value);
        throw new SessionException(SessionErrorCode.Overloaded, "The server has too much to do; try again") { RetryAfter = _pause };
    }

    /// <summary>A place that is taken.</summary>
    public readonly struct Lease(TakenPlaces count) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref count.Value);
    }

    /// <summary>How many places are taken.</summary>
    internal sealed class TakenPlaces
    {
        public int Value;
    }
}
