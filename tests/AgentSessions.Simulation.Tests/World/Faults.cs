namespace AgentSessions.Simulation.Tests.World;

/// <summary>What goes wrong in one simulation, and how often: drawn from the seed, so that some worlds are calm and some are wild.</summary>
internal sealed class Faults
{
    private readonly Random _random;
    private int _crashesLeft;

    public Faults(Random random)
    {
        _random = random;
        Nodes = random.Next(3) == 0 ? 1 : 2;
        CrashPerCall = Rate(0.05);
        UnavailablePerCall = Rate(0.08);
        SlowCall = Rate(0.3);
        Stall = Rate(0.01);
        LostBell = Rate(0.5);
        DoubleBell = Rate(0.3);
        Misroute = Nodes == 1 ? 0 : Rate(0.2);
        ClockJumps = random.Next(2) == 0;
        _crashesLeft = random.Next(6);
    }

    public int Nodes { get; }

    public double LostBell { get; }

    public double DoubleBell { get; }

    /// <summary>Calls that land on a process which does not own the session.</summary>
    public double Misroute { get; }

    public bool ClockJumps { get; }

    /// <summary>Whether things still go wrong; after that the world only has to recover.</summary>
    public bool IsOver { get; set; }

    private double CrashPerCall { get; }

    private double UnavailablePerCall { get; }

    private double SlowCall { get; }

    private double Stall { get; }

    public bool Crashes()
    {
        bool crashes = _crashesLeft > 0 && Happens(CrashPerCall);
        _crashesLeft -= crashes ? 1 : 0;
        return crashes;
    }

    public bool IsUnavailable() => Happens(UnavailablePerCall);

    public bool Happens(double rate) => !IsOver && _random.NextDouble() < rate;

    /// <summary>How long a message is on its way.</summary>
    public TimeSpan Travel() =>
        Happens(Stall) ? Between(5_000, 60_000)
        : Happens(SlowCall) ? Between(1, 400)
        : TimeSpan.Zero;

    public TimeSpan Between(int fromMilliseconds, int toMilliseconds) => TimeSpan.FromMilliseconds(_random.Next(fromMilliseconds, toMilliseconds));

    public T Any<T>(IReadOnlyList<T> choices) => choices[_random.Next(choices.Count)];

    private double Rate(double most) => _random.Next(3) == 0 ? 0 : _random.NextDouble() * most;
}
