using System.Collections.Concurrent;
using System.Diagnostics;

namespace AgentSessions.TestServer;

/// <summary>One chat whose server is killed again and again: a writer that repeats until it is acknowledged, a reader that resumes by cursor, and what both know.</summary>
public sealed class ChatUnderFire(string chatId, string agent, Func<int, string> text)
{
    private const int MaxOwed = 3;
    private static readonly TimeSpan _retryPause = TimeSpan.FromMilliseconds(20);
    private readonly ConcurrentDictionary<string, long> _acknowledged = new();
    private readonly List<WireRecord> _seen = [];
    private readonly List<string> _violations = [];
    private long _answeredThrough = -1;
    private long _progress;
    private long _lastSeen;
    private long _killedAt;
    private long _owedAtKill;

    /// <summary>The session's external id.</summary>
    public string ChatId => chatId;

    /// <summary>Who answers.</summary>
    public string Agent => agent;

    /// <summary>Part ids and the sequences that were answered for them.</summary>
    public IReadOnlyDictionary<string, long> Acknowledged => _acknowledged;

    /// <summary>Every record of <c>out</c> the reader saw, in the order it saw them.</summary>
    public IReadOnlyList<WireRecord> Seen => _seen;

    /// <summary>Records that came in the wrong place.</summary>
    public IReadOnlyList<string> Violations => _violations;

    /// <summary>Grows with everything the two learn from the server: an acknowledgement, a record.</summary>
    public long Progress => Interlocked.Read(ref _progress);

    /// <summary>For each kill that left something unanswered, and that no other followed before: the time until it was answered.</summary>
    public List<TimeSpan> Recoveries { get; } = [];

    /// <summary>The longest time between two records of one answer.</summary>
    public TimeSpan LongestGap { get; private set; }

    /// <summary>The turns that were seen from their beginning to their boundary. A reader who comes late finds what was before trimmed.</summary>
    /// <param name="seen">What a reader saw, in order.</param>
    public static IEnumerable<IReadOnlyList<WireRecord>> Turns(IEnumerable<WireRecord> seen)
    {
        var turn = new List<WireRecord>();
        bool isWhole = true;
        long next = 0;
        foreach (WireRecord record in seen)
        {
            isWhole &= record.Sequence == next;
            next = record.Sequence + 1;
            turn.Add(record);
            if (record.IsBoundary)
            {
                if (isWhole)
                {
                    yield return turn;
                }

                turn = [];
                isWhole = true;
            }
        }
    }

    /// <summary>The server was killed just now.</summary>
    public void Killed()
    {
        Volatile.Write(ref _owedAtKill, _acknowledged.Values.DefaultIfEmpty(-1).Max());
        Volatile.Write(ref _killedAt, Volatile.Read(ref _owedAtKill) > Volatile.Read(ref _answeredThrough) ? Stopwatch.GetTimestamp() : 0);
    }

    /// <summary>Sends messages until told to leave; an append that got no answer is repeated with the same part id, and the last one is not left open.</summary>
    /// <param name="client">The wire.</param>
    /// <param name="leave">No message after the current one.</param>
    /// <param name="limit">Gives up.</param>
    public async Task WriteAsync(WireClient client, CancellationToken leave, CancellationToken limit)
    {
        for (int i = 0; !leave.IsCancellationRequested; i++)
        {
            // A queue that only grows would measure patience, not durability.
            if (Volatile.Read(ref _answeredThrough) < _acknowledged.GetValueOrDefault($"{chatId}-{i - MaxOwed}", -1))
            {
                await Task.Delay(_retryPause, limit);
                i--;
                continue;
            }

            string partId = $"{chatId}-{i}";
            while (!_acknowledged.ContainsKey(partId))
            {
                try
                {
                    if (i == 0)
                    {
                        await client.StartAsync(chatId, agent, limit);
                    }

                    _acknowledged[partId] = await client.SendAsync(chatId, text(i), partId, limit);
                    Interlocked.Increment(ref _progress);
                }
                catch (Exception exception) when (IsCut(exception, limit))
                {
                    await Task.Delay(_retryPause, limit);
                }
            }
        }
    }

    /// <summary>Follows <c>out</c> by cursor over every cut until the boundary of the last message has been seen.</summary>
    public async Task ReadAsync(WireClient client, Func<bool> isDone, CancellationToken cancellationToken)
    {
        while (!isDone())
        {
            cancellationToken.ThrowIfCancellationRequested();
            long last = _seen.Count == 0 ? -1 : _seen[^1].Sequence;
            try
            {
                await foreach (WireRecord record in client.FollowAsync(chatId, "out", last, silence: 2, cancellationToken))
                {
                    Check(record);
                    Measure();
                    _seen.Add(record);
                    Interlocked.Increment(ref _progress);
                    if (record.IsBoundary)
                    {
                        Answered(long.Parse(record.Header("session-in-event-id")!));
                    }

                    if (isDone())
                    {
                        return;
                    }
                }
            }
            catch (Exception exception) when (IsCut(exception, cancellationToken))
            {
                await Task.Delay(_retryPause, cancellationToken);
            }
        }
    }

    /// <summary>Whether a boundary covers every acknowledged message.</summary>
    public bool IsAnswered()
    {
        long newest = _acknowledged.Values.DefaultIfEmpty(-1).Max();
        return newest >= 0 && Volatile.Read(ref _answeredThrough) >= newest;
    }

    /// <summary>What is known of it, for a failure's text.</summary>
    public override string ToString() =>
        $"{chatId}: {_acknowledged.Count} acknowledged, newest {_acknowledged.Values.DefaultIfEmpty(-1).Max()}, answered through {Volatile.Read(ref _answeredThrough)}, {_seen.Count} records seen";

    /// <summary>A connection refused, cut or silent too long; not the test's own end.</summary>
    private static bool IsCut(Exception exception, CancellationToken limit) =>
        exception is HttpRequestException or IOException or OperationCanceledException && !limit.IsCancellationRequested;

    private void Answered(long through)
    {
        Volatile.Write(ref _answeredThrough, through);
        if (Volatile.Read(ref _killedAt) is > 0 and long killedAt && through >= Volatile.Read(ref _owedAtKill))
        {
            Recoveries.Add(Stopwatch.GetElapsedTime(killedAt));
            Volatile.Write(ref _killedAt, 0);
        }
    }

    private void Measure()
    {
        TimeSpan gap = Stopwatch.GetElapsedTime(_lastSeen);
        if (_seen is [.., { IsBoundary: false }] && gap > LongestGap)
        {
            LongestGap = gap;
        }

        _lastSeen = Stopwatch.GetTimestamp();
    }

    private void Check(WireRecord record)
    {
        long expected = _seen.Count == 0 ? 0 : _seen[^1].Sequence + 1;
        bool isTrimmedGap = record.Sequence > expected && record.IsBoundary;
        if (record.Sequence != expected && !isTrimmedGap)
        {
            _violations.Add($"{chatId}: expected {expected}, got {record.Sequence}");
        }
    }
}
