namespace AgentSessions.Benchmarks.Report;

/// <summary>Maps values to places on a picture by their logarithm.</summary>
internal sealed class LogAxis
{
    private readonly double _low;
    private readonly double _high;

    /// <param name="least">Smallest value shown, above zero.</param>
    /// <param name="most">Largest value shown.</param>
    /// <param name="from">Place of the axis' low end.</param>
    /// <param name="to">Place of its high end.</param>
    public LogAxis(double least, double most, double from, double to)
    {
        (From, To) = (from, to);
        _low = Steps(least, most).Last(step => step <= least * 1.0001);
        _high = Steps(least, most).First(step => step >= most * 0.9999);
        if (_low == _high)
        {
            _high *= 2;
        }
    }

    public double From { get; }

    public double To { get; }

    public double At(double value) => From + ((To - From) * Math.Log(value / _low) / Math.Log(_high / _low));

    /// <summary>Values to label: powers of ten, with 2 and 5 between them where there is room.</summary>
    public IEnumerable<double> Ticks()
    {
        double[] all = [.. Steps(_low, _high).Where(step => step >= _low * 0.9999 && step <= _high * 1.0001)];
        return all.Length <= 8 ? all : all.Where(step => Math.Abs(Math.Log10(step) - Math.Round(Math.Log10(step))) < 1e-9);
    }

    private static IEnumerable<double> Steps(double least, double most)
    {
        for (int power = (int)Math.Floor(Math.Log10(least)) - 1; power <= Math.Ceiling(Math.Log10(most)) + 1; power++)
        {
            double ten = Math.Pow(10, power);
            yield return ten;
            yield return ten * 2;
            yield return ten * 5;
        }
    }
}
