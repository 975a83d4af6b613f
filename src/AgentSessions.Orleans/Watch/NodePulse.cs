using System.Collections.Concurrent;
using AgentSessions.Orleans.Calls;

namespace AgentSessions.Orleans.Watch;

/// <summary>Which other nodes answer this one: with every beat each is asked.</summary>
/// <remarks>
/// Beats are counted and no time is measured, so a process that is short of processor time itself is as patient with others as it is slow. Any answer
/// counts, however late. Nothing is said of a node that never answered: it is just coming, or of a version that cannot.
/// </remarks>
/// <param name="ask">Asks a node whether it is there.</param>
internal sealed class NodePulse(Func<SiloAddress, Task> ask)
{
    /// <summary>A node that is silent for long is asked with every so many beats only; each question waits for its answer a while.</summary>
    private const int RareBeats = 5;

    private readonly ConcurrentDictionary<SiloAddress, Pulse> _pulses = new();

    /// <summary>Asks all other nodes, and forgets those that are not among them any more.</summary>
    public void Beat(IReadOnlyCollection<SiloAddress> others)
    {
        foreach (SiloAddress gone in _pulses.Keys.Except(others))
        {
            _pulses.TryRemove(gone, out _);
        }

        foreach (SiloAddress node in others)
        {
            Pulse pulse = _pulses.GetOrAdd(node, static _ => new Pulse());
            int missed = Interlocked.Increment(ref pulse.Missed) - 1;
            if (missed < 2 * RareBeats || missed % RareBeats == 0)
            {
                _ = AskAsync(node, pulse);
            }
        }
    }

    /// <summary>How many beats in a row a node has not answered; null if it never did or is no member.</summary>
    public int? MissedBy(SiloAddress node) =>
        _pulses.TryGetValue(node, out Pulse? pulse) && Volatile.Read(ref pulse.HasAnswered) ? Math.Max(0, Volatile.Read(ref pulse.Missed) - 1) : null;

    private async Task AskAsync(SiloAddress node, Pulse pulse)
    {
        try
        {
            await ask(node);
        }
        catch (Exception exception) when (GrainFaults.IsUnreachable(exception))
        {
            return;
        }
        catch (Exception)
        {
            // Whoever answers that it cannot is there.
        }

        Volatile.Write(ref pulse.HasAnswered, true);
        Volatile.Write(ref pulse.Missed, 0);
    }

    private sealed class Pulse
    {
        public int Missed;
        public bool HasAnswered;
    }
}
