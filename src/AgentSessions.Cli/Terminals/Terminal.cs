namespace AgentSessions.Cli.Terminals;

/// <summary>What a command reads from and writes to. Results go to <see cref="Out"/>, everything said about them to <see cref="Error"/>.</summary>
internal sealed record Terminal
{
    public required TextReader In { get; init; }

    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>Whether a person sits there: only then questions are asked.</summary>
    public required bool IsInteractive { get; init; }

    /// <summary>Reads an environment variable; null for none.</summary>
    public required Func<string, string?> Variable { get; init; }

    public required Interrupts Interrupts { get; init; }

    /// <summary>The terminal this process was started from.</summary>
    public static Terminal OfProcess(Interrupts interrupts) => new()
    {
        In = Console.In,
        Out = Console.Out,
        Error = Console.Error,
        IsInteractive = !Console.IsInputRedirected && !Console.IsOutputRedirected,
        Variable = Environment.GetEnvironmentVariable,
        Interrupts = interrupts,
    };

    /// <summary>Reads a line; null at the end of input.</summary>
    /// <remarks>A read from a terminal cannot be taken back, so a cancelled one is left behind and takes the next line with it.</remarks>
    public Task<string?> ReadLineAsync(CancellationToken cancellationToken) =>
        Task.Run(In.ReadLine, CancellationToken.None).WaitAsync(cancellationToken);
}
