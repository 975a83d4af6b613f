using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;

namespace AgentSessions.TestServer;

/// <summary>One chat whose server is killed again and again: a writer that repeats until it is acknowledged, a reader that resumes by cursor, and what both know.</summary>
/// <param name="chatId">The session's external id.</param>
/// <param name="answers">What is said to its agent, and what that must answer.</param>
public sealed class ChatUnderFire(string chatId, DemoAnswers answers)
{
    private const int MaxOwed = 3;

    /// <summary>So many runs may die with a message before the server gives it up.</summary>
    private const int MaxAttempts = 3;

    private static readonly TimeSpan _retryPause = TimeSpan.FromMilliseconds(20);
    private readonly ConcurrentDictionary<string, long> _acknowledged = new();
    private readonly ConcurrentDictionary<int, int> _killsWhenSent = new();
    private readonly Dictionary<int, int> _killsWhenAnswered = [];
    private readonly List<WireRecord> _seen = [];
    private readonly List<string> _misplaced = [];
    private readonly ConcurrentDictionary<string, int> _refusals = new();
    private long _answeredThrough = -1;
    private long _progress;
    private long _lastSeen;
    private long _killedAt;
    private long _owedAtKill;
    private int _kills;

    /// <summary>The session's external id.</summary>
    public string ChatId => chatId;

    /// <summary>What is said to its agent, and what that must answer.</summary>
    public DemoAnswers Answers => answers;

    /// <summary>Part ids and the sequences that were answered for them.</summary>
    public IReadOnlyDictionary<string, long> Acknowledged => _acknowledged;

    /// <summary>Every record of <c>out</c> the reader saw, in the order it saw them.</summary>
    public IReadOnlyList<WireRecord> Seen => _seen;

    /// <summary>Records that came in the wrong place, and answers after which a client must not try again.</summary>
    public IEnumerable<string> Violations => [.. _misplaced, .. _refusals.Select(refusal => $"{chatId}: {refusal.Value} times {refusal.Key}")];

    /// <summary>How often records were trimmed before the reader could see them.</summary>
    public int Gaps { get; private set; }

    /// <summary>Grows with everything the two learn from the server: an acknowledgement, a record.</summary>
    public long Progress => Interlocked.Read(ref _progress);

    /// <summary>For each kill that left something unanswered, and that no other followed before: the time until it was answered.</summary>
    public List<TimeSpan> Recoveries { get; } = [];

    /// <summary>The longest time between two records of one answer.</summary>
    public TimeSpan LongestGap { get; private set; }

    /// <summary>The server was killed just now.</summary>
    public void Killed()
    {
        Interlocked.Increment(ref _kills);
        Volatile.Write(ref _owedAtKill, _acknowledged.Values.DefaultIfEmpty(-1).Max());
        Volatile.Write(ref _killedAt, Volatile.Read(ref _owedAtKill) > Volatile.Read(ref _answeredThrough) ? Stopwatch.GetTimestamp() : 0);
    }

    /// <summary>Sends messages until told to leave; an append that got no answer is repeated with the same part id, and the last one is not left open.</summary>
    /// <param name="client">The wire.</param>
    /// <param name="pause">Between two messages.</param>
    /// <param name="leave">No message after the current one.</param>
    /// <param name="limit">Gives up.</param>
    public async Task WriteAsync(WireClient client, TimeSpan pause, CancellationToken leave, CancellationToken limit)
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
            _killsWhenSent[i] = Volatile.Read(ref _kills);
            while (!_acknowledged.ContainsKey(partId))
            {
                try
                {
                    if (i == 0)
                    {
                        await client.StartAsync(chatId, answers.Agent, limit);
                    }

                    _acknowledged[partId] = await client.SendAsync(chatId, answers.Message(i), partId, limit);
                    Interlocked.Increment(ref _progress);
                }
                catch (Exception exception) when (IsCut(exception, limit))
                {
                    await PauseAsync(exception, limit);
                }
            }

            await Task.Delay(pause, limit);
        }
    }

    /// <summary>Follows <c>out</c> by cursor over every cut until the boundary of the last message has been seen.</summary>
    public async Task ReadAsync(WireClient client, Func<bool> isDone, CancellationToken cancellationToken)
    {
        while (!isDone())
        {
            cancellationToken.ThrowIfCancellationRequested();
            long last = _seen.Count == 0 ? -1 : _seen[^1].Sequence;
            bool isStarted = !_acknowledged.IsEmpty;
            try
            {
                await foreach (WireRecord record in client.FollowAsync(chatId, "out", last, silence: 2, cancellationToken))
                {
                    Measure();
                    await CheckAsync(client, record, cancellationToken);
                    _seen.Add(record);
                    Interlocked.Increment(ref _progress);
                    if (record.IsBoundary)
                    {
                        Answered(record.Floor);
                    }

                    if (isDone())
                    {
                        return;
                    }
                }
            }
            catch (HttpRequestException missing) when (missing.StatusCode == HttpStatusCode.NotFound && !isStarted)
            {
                await Task.Delay(_retryPause, cancellationToken);
            }
            catch (Exception exception) when (IsCut(exception, cancellationToken))
            {
                await PauseAsync(exception, cancellationToken);
            }
        }
    }

    /// <summary>Whether a boundary covers every acknowledged message.</summary>
    public bool IsAnswered()
    {
        long newest = _acknowledged.Values.DefaultIfEmpty(-1).Max();
        return newest >= 0 && Volatile.Read(ref _answeredThrough) >= newest;
    }

    /// <summary>Whether the server was killed so often while a message was owed that no run may have lived to answer it.</summary>
    public bool MayBeGivenUp(int message)
    {
        // Deaths are counted from the boundary before on, so those with the messages before it count too.
        int oldestOwed = Math.Max(0, message - MaxOwed);
        return _killsWhenAnswered.GetValueOrDefault(message) - _killsWhenSent.GetValueOrDefault(oldestOwed) >= MaxAttempts;
    }

    /// <summary>What is known of it, for a failure's text.</summary>
    public override string ToString() =>
        $"{chatId}: {_acknowledged.Count} acknowledged, newest {_acknowledged.Values.DefaultIfEmpty(-1).Max()}, answered through {Volatile.Read(ref _answeredThrough)}, {_seen.Count} records seen";

    /// <summary>A call refused, or a connection refused, cut or silent too long; not the test's own end.</summary>
    private static bool IsCut(Exception exception, CancellationToken limit) =>
        exception is HttpRequestException or IOException or OperationCanceledException && !limit.IsCancellationRequested;

    /// <summary>Whether clients try again after this: the wire says so of it.</summary>
    private static bool IsRetryable(HttpStatusCode status, string answer) => status switch
    {
        HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => true,
        HttpStatusCode.InternalServerError => answer.Contains("\"store_unavailable\"", StringComparison.Ordinal),
        _ => false,
    };

    /// <summary>Waits before the call is made again. If the server said that it need not be, that is noted.</summary>
    private Task PauseAsync(Exception exception, CancellationToken limit)
    {
        if (exception is HttpRequestException { StatusCode: { } status } && !IsRetryable(status, exception.Message))
        {
            _refusals.AddOrUpdate(exception.Message, 1, static (_, times) => times + 1);
        }

        return Task.Delay(_retryPause, limit);
    }

    private void Answered(long through)
    {
        for (int message = (int)_answeredThrough + 1; message <= through; message++)
        {
            _killsWhenAnswered[message] = Volatile.Read(ref _kills);
        }

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

    private async Task CheckAsync(WireClient client, WireRecord record, CancellationToken cancellationToken)
    {
        long expected = _seen.Count == 0 ? 0 : _seen[^1].Sequence + 1;
        if (record.Sequence == expected)
        {
            return;
        }

        // The end of a turn trims what is before the boundary of the turn before: a reader that was away for so long goes on there.
        long oldest = record.Sequence > expected ? await OldestAsync(client, cancellationToken) : -1;
        if (record.IsBoundary && oldest >= record.Sequence)
        {
            Gaps++;
        }
        else
        {
            _misplaced.Add($"{chatId}: expected {expected}, got {record.Sequence}; the oldest that is kept is {oldest}");
        }
    }

    /// <summary>The first record that a reader from the beginning gets now.</summary>
    private async Task<long> OldestAsync(WireClient client, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await foreach (WireRecord record in client.FollowAsync(chatId, "out", -1, silence: 2, cancellationToken))
                {
                    return record.Sequence;
                }
            }
            catch (Exception exception) when (IsCut(exception, cancellationToken))
            {
                await PauseAsync(exception, cancellationToken);
            }
        }
    }
}
