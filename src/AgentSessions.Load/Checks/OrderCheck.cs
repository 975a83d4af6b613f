namespace AgentSessions.Load.Checks;

/// <summary>Watches numbers that should come once each, in order, and tells what went wrong where they do not.</summary>
internal sealed class OrderCheck
{
    // More holes than this are only counted, not told apart from late arrivals.
    private const int MaxHoles = 1_024;

    private readonly List<(long From, long To)> _holes = [];
    private OrderFaults _faults;

    /// <summary>The number expected next.</summary>
    public long Next { get; private set; }

    public OrderFaults Faults => _faults;

    /// <summary>Begins again at a number; faults found so far stay.</summary>
    public void StartAt(long first)
    {
        Next = first;
        _holes.Clear();
    }

    public void See(long number)
    {
        if (number == Next)
        {
            Next++;
        }
        else if (number > Next)
        {
            Miss(number);
            Next = number + 1;
        }
        else if (Fill(number))
        {
            _faults = _faults with { Lost = _faults.Lost - 1, Reordered = _faults.Reordered + 1 };
        }
        else
        {
            _faults = _faults with { Repeated = _faults.Repeated + 1 };
        }
    }

    /// <summary>Counts everything below <paramref name="end"/> that has not come as lost.</summary>
    public void EndAt(long end)
    {
        if (Next < end)
        {
            Miss(end);
            Next = end;
        }
    }

    private void Miss(long end)
    {
        _faults = _faults with { Lost = _faults.Lost + end - Next };
        if (_holes.Count < MaxHoles)
        {
            _holes.Add((Next, end));
        }
    }

    private bool Fill(long number)
    {
        int index = _holes.FindIndex(hole => hole.From <= number && number < hole.To);
        if (index < 0)
        {
            return false;
        }

        (long from, long to) = _holes[index];
        _holes.RemoveAt(index);
        if (from < number)
        {
            _holes.Add((from, number));
        }

        if (number + 1 < to)
        {
            _holes.Add((number + 1, to));
        }

        return true;
    }
}
