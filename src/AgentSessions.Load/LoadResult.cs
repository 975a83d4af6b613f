namespace AgentSessions.Load;

/// <summary>What one run saw. Rates and counts cover the measured time; order faults and errors cover the whole run.</summary>
public sealed record LoadResult
{
    /// <summary>Time measured.</summary>
    public required TimeSpan Window { get; init; }

    /// <summary>Numbered text deltas received by all readers together.</summary>
    public required long Chunks { get; init; }

    /// <summary>The same over the whole run, warm-up and drain included.</summary>
    public required long TotalChunks { get; init; }

    /// <summary>Turns (or replays) that every reader saw to the end.</summary>
    public required long Turns { get; init; }

    /// <summary>Body bytes received by all readers together.</summary>
    public required long Bytes { get; init; }

    /// <summary>From sending the message to the control record that ends its turn; for a replay, from request to end.</summary>
    public required LatencySummary Turn { get; init; }

    /// <summary>From sending the message (or the replay's request) to its first text delta.</summary>
    public required LatencySummary FirstChunk { get; init; }

    /// <summary>From sending the message to its acknowledgement.</summary>
    public required LatencySummary Append { get; init; }

    /// <summary>Round trip of a create or a list call.</summary>
    public required LatencySummary Request { get; init; }

    /// <summary>Faults in the sequence numbers and in the numbered deltas.</summary>
    public required OrderFaults Order { get; init; }

    /// <summary>Messages that were refused with a hint when to come again (429 or 503 with <c>Retry-After</c>), which is then kept to. Over the whole run.</summary>
    public required long Refused { get; init; }

    /// <summary>Everything that failed, by kind, such as <c>append 503</c> or <c>turn unfinished</c>. Empty when all went well.</summary>
    public required IReadOnlyDictionary<string, long> Errors { get; init; }

    /// <summary>Deltas per second over the measured time.</summary>
    public double ChunksPerSecond => Window > TimeSpan.Zero ? Chunks / Window.TotalSeconds : 0;

    /// <summary>All errors together.</summary>
    public long ErrorCount => Errors.Values.Sum();
}
