using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;

namespace AgentSessions.TestServer;

/// <summary>One chat whose server is killed again and again: writers that repeat until they are acknowledged, a reader that resumes by cursor, and what all of them know.</summary>
/// <param name="chatId">The session's external id.</param>
/// <param name="agent">Who answers: see <see cref="DemoAnswers"/>.</param>
/// <param name="text">What the message of a part id says.</param>
public sealed class ChatUnderFire(string chatId, string agent, Func<string, string> text)
{
    /// <summary>How many race for the next place on <c>in</c>.</summary>
    private const int Writers = 3;

    /// <summary>With so many messages unanswered, no writer begins another one.</summary>
    private const int EnoughOwed = 3;

    /// <summary>How far behind a part that is repeated late is.</summary>
    private const int LongAgo = 20;

    /// <summary>So many runs may die with a message before the server gives it up.</summary>
    private const int MaxAttempts = 3;

    private static readonly TimeSpan _retryPause = TimeSpan.FromMilliseconds(20);
    private readonly ConcurrentDictionary<string, long> _acknowledged = new();
    private readonly ConcurrentDictionary<long, string> _partAt = new();
    private readonly ConcurrentDictionary<string, int> _killsWhenSent = new();
    private readonly Dictionary<int, int> _killsWhenAnswered = [];
    private readonly List<WireRecord> _seen = [];
    private readonly List<string> _misplaced = [];
    private readonly ConcurrentDictionary<string, int> _wrongAnswers = new();
    private int _cutWrites;
    private int _repeats;
    private long _newest = -1;
    private long _answeredThrough = -1;
    private long _progress;
    private long _lastSeen;
    private long _killedAt;
    private long _owedAtKill;
    private int _kills;

    /// <summary>The session's external id.</summary>
    public string ChatId => chatId;

    /// <summary>Who answers.</summary>
    public string Agent => agent;

    /// <summary>What its agent must answer to what stands on <c>in</c>.</summary>
    public DemoAnswers Answers => new(agent, number => PartAt(number), number => text(PartAt(number)));

    /// <summary>Part ids and the sequences that were answered for them.</summary>
    public IReadOnlyDictionary<string, long> Acknowledged => _acknowledged;

    /// <summary>Every record of <c>out</c> the reader saw, in the order it saw them.</summary>
    public IReadOnlyList<WireRecord> Seen => _seen;

    /// <summary>Records that came in the wrong place, repeats that were answered otherwise, and answers after which a client must not try again.</summary>
    public IEnumerable<string> Violations => [.. _misplaced, .. _wrongAnswers.Select(wrong => $"{chatId}: {wrong.Value} times {wrong.Key}")];

    /// <summary>How many writes were on their way when their server died.</summary>
    public int CutWrites => Volatile.Read(ref _cutWrites);

    /// <summary>How many appends were repeated that had been acknowledged.</summary>
    public int Repeats => Volatile.Read(ref _repeats);

    /// <summary>How often records were trimmed before the reader could see them.</summary>
    public int Gaps { get; private set; }

    /// <summary>Grows with everything they learn from the server: an acknowledgement, a record.</summary>
    public long Progress => Interlocked.Read(ref _progress);

    /// <summary>For each kill that left something unanswered, and that no other followed before: the time until it was answered.</summary>
    public List<TimeSpan> Recoveries { get; } = [];

    /// <summary>The longest time between two records of one answer.</summary>
    public TimeSpan LongestGap { get; private set; }

    /// <summary>The server was killed just now.</summary>
    public void Killed()
    {
        Interlocked.Increment(ref _kills);
        Volatile.Write(ref _owedAtKill, Volatile.Read(ref _newest));
        Volatile.Write(ref _killedAt, Volatile.Read(ref _owedAtKill) > Volatile.Read(ref _answeredThrough) ? Stopwatch.GetTimestamp() : 0);
    }

    /// <summary>The writers send messages until told to leave; an append that got no answer is repeated with the same part id, and the last one is not left open.</summary>
    /// <param name="client">The wire.</param>
    /// <param name="pause">Between two messages of the chat.</param>
    /// <param name="leave">No message after the current one.</param>
    /// <param name="limit">Gives up.</param>
    public Task WriteAsync(WireClient client, TimeSpan pause, CancellationToken leave, CancellationToken limit) =>
        Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => WriteAsync(client, writer, pause * Writers, leave, limit)));

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
            catch (Exception exception) when (Cut.Is(exception, cancellationToken))
            {
                await PauseAsync(exception, cancellationToken);
            }
        }
    }

    /// <summary>Whether a boundary covers every acknowledged message.</summary>
    public bool IsAnswered() => Volatile.Read(ref _newest) is >= 0 and long newest && Volatile.Read(ref _answeredThrough) >= newest;

    /// <summary>Whether the server was killed so often while a message was owed that no run may have lived to answer it.</summary>
    public bool MayBeGivenUp(int message)
    {
        // Deaths are counted from the boundary before on, so those with the messages before it count too.
        int oldestOwed = Math.Max(0, message - EnoughOwed - Writers);
        return _killsWhenAnswered.GetValueOrDefault(message) - _killsWhenSent.GetValueOrDefault(PartAt(oldestOwed)) >= MaxAttempts;
    }

    /// <summary>What is known of it, for a failure's text.</summary>
    public override string ToString() =>
        $"{chatId}: {_acknowledged.Count} acknowledged, newest {Volatile.Read(ref _newest)}, answered through {Volatile.Read(ref _answeredThrough)}, {_seen.Count} records seen";

    private string PartAt(long sequence) => _partAt.GetValueOrDefault(sequence, $"{chatId} knows of nothing at {sequence}");

    private async Task WriteAsync(WireClient client, int writer, TimeSpan pause, CancellationToken leave, CancellationToken limit)
    {
        await UntilAnsweredAsync(() => client.StartAsync(chatId, agent, limit), limit);
        int n = 0;
        while (!leave.IsCancellationRequested)
        {
            // A queue that only grows would measure patience, not durability.
            long before = Volatile.Read(ref _newest);
            if (before - Volatile.Read(ref _answeredThrough) >= EnoughOwed)
            {
                await Task.Delay(_retryPause, limit);
                continue;
            }

            string partId = $"{chatId}-{writer}-{n++}";
            _killsWhenSent[partId] = Volatile.Read(ref _kills);
            long sequence = await SendAsync(client, partId, limit);
            if (sequence <= before)
            {
                Note($"{partId} was sent when {before} had been acknowledged, and stands at {sequence}");
            }

            Acknowledge(partId, sequence);
            if (n % 4 == 0)
            {
                await RepeatAsync(client, n % 8 == 0 ? sequence : sequence - LongAgo, limit);
            }

            await Task.Delay(pause, limit);
        }
    }

    private void Acknowledge(string partId, long sequence)
    {
        _acknowledged[partId] = sequence;
        _partAt[sequence] = partId;
        lock (_partAt)
        {
            _newest = Math.Max(_newest, sequence);
        }

        Interlocked.Increment(ref _progress);
    }

    /// <summary>Sends again what was acknowledged at a place, if anything was: the answer is the same, and nothing is stored.</summary>
    private async Task RepeatAsync(WireClient client, long sequence, CancellationToken limit)
    {
        if (_partAt.TryGetValue(sequence, out string? partId))
        {
            Interlocked.Increment(ref _repeats);
            long repeated = await SendAsync(client, partId, limit);
            if (repeated != sequence)
            {
                Note($"{partId} was acknowledged at {sequence}, and when it was repeated at {repeated}");
            }
        }
    }

    private Task<long> SendAsync(WireClient client, string partId, CancellationToken limit) =>
        UntilAnsweredAsync(() => client.SendAsync(chatId, text(partId), partId, limit), limit);

    private async Task<T> UntilAnsweredAsync<T>(Func<Task<T>> call, CancellationToken limit)
    {
        while (true)
        {
            try
            {
                return await call();
            }
            catch (Exception exception) when (Cut.Is(exception, limit))
            {
                // A connection that could not be made carried nothing, and a refusal is an answer.
                bool wasOnItsWay = exception is not HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } and not HttpRequestException { StatusCode: not null };
                Interlocked.Add(ref _cutWrites, wasOnItsWay ? 1 : 0);
                await PauseAsync(exception, limit);
            }
        }
    }

    /// <summary>Waits before the call is made again. If the server said that it need not be, that is noted.</summary>
    private Task PauseAsync(Exception exception, CancellationToken limit)
    {
        if (Cut.IsFinal(exception))
        {
            Note(exception.Message);
        }

        return Task.Delay(_retryPause, limit);
    }

    private void Note(string wrongAnswer) => _wrongAnswers.AddOrUpdate(wrongAnswer, 1, static (_, times) => times + 1);

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
            catch (Exception exception) when (Cut.Is(exception, cancellationToken))
            {
                await PauseAsync(exception, cancellationToken);
            }
        }
    }
}
