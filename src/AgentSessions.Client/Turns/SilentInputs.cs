namespace AgentSessions.Client.Turns;

/// <summary>The <c>in</c> sequences of this chat's own records that cause no turn, such as stops.</summary>
internal sealed class SilentInputs
{
    private readonly HashSet<long> _sequences = [];

    public void Add(long sequence)
    {
        lock (_sequences)
        {
            _sequences.Add(sequence);
        }
    }

    /// <summary>Whether every record after the floor and before the sequence causes no turn, so that the next turn is this one's.</summary>
    public bool FillGap(long floor, long sequence)
    {
        lock (_sequences)
        {
            _sequences.RemoveWhere(known => known <= floor);
            for (long between = floor + 1; between < sequence; between++)
            {
                if (!_sequences.Contains(between))
                {
                    return false;
                }
            }

            return true;
        }
    }
}
