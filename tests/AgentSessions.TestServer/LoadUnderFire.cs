using System.Diagnostics;

namespace AgentSessions.TestServer;

/// <summary>Chats that are written and read while somebody kills their servers, and the proof afterwards that nothing was lost.</summary>
public sealed class LoadUnderFire : IDisposable
{
    /// <summary>How many chats there are unless a test asks for more.</summary>
    public const int Chats = 6;

    /// <summary>Deltas of a turn of <c>load</c>.</summary>
    private const int Tokens = 40;

    private readonly WireClient _client;
    private readonly ChatUnderFire[] _chats;
    private readonly CancellationTokenSource _writing = new();
    private readonly TimeSpan _patience;
    private readonly CancellationTokenSource _limit;
    private readonly Task _writers;
    private readonly Task _readers;
    private bool _writersLeft;
    private long _lastKill;
    private int _brokenOff;
    private int _abandoned;

    private LoadUnderFire(WireClient client, string name, TimeSpan limit, LoadPace pace, int chats)
    {
        _client = client;
        _patience = limit;
        _limit = new CancellationTokenSource(limit);
        _chats = [.. Enumerable.Range(0, chats).Select(number => Chat(name, number, pace))];
        _writers = Task.WhenAll(_chats.Select(chat => chat.WriteAsync(client, pace.BetweenMessages, _writing.Token, _limit.Token)));
        _readers = Task.WhenAll(_chats.Select(chat => chat.ReadAsync(client, () => Volatile.Read(ref _writersLeft) && chat.IsAnswered(), _limit.Token)));
    }

    /// <summary>Starts the chats.</summary>
    /// <param name="client">The wire.</param>
    /// <param name="limit">How long nothing new may come, and how long the end may take.</param>
    /// <param name="name">What the chats' ids begin with, where several loads share a server.</param>
    /// <param name="pace">How fast they are; without it as fast as the server.</param>
    /// <param name="chats">How many, each a session with three writers and a reader.</param>
    public static LoadUnderFire Start(WireClient client, TimeSpan limit, string name = "", LoadPace? pace = null, int chats = Chats) =>
        new(client, name, limit, pace ?? LoadPace.Flat, chats);

    /// <summary>Ends when something has taken too long.</summary>
    public CancellationToken Limit => _limit.Token;

    /// <summary>Waits until some chat hears something new.</summary>
    public Task MoveAsync() => MoveAsync(_chats, isEvery: false);

    /// <summary>Waits until every chat has heard something new.</summary>
    public Task MoveEveryAsync() => MoveAsync(_chats, isEvery: true);

    /// <summary>The server was killed just now: tells the chats, which measure how long it takes to get over it.</summary>
    public void Killed()
    {
        _lastKill = Stopwatch.GetTimestamp();
        foreach (ChatUnderFire chat in _chats)
        {
            chat.Killed();
        }
    }

    /// <summary>How many appends were acknowledged so far.</summary>
    public int Acknowledged => _chats.Sum(static chat => chat.Acknowledged.Count);

    /// <summary>How many of them were repeated so far.</summary>
    public int Repeats => _chats.Sum(static chat => chat.Repeats);

    /// <summary>How many writes were on their way when a server died.</summary>
    public int CutWrites => _chats.Sum(static chat => chat.CutWrites);

    /// <summary>How long it took to get over a kill: 99 of a hundred took no longer than this. Ask after the end.</summary>
    public TimeSpan RecoveryP99
    {
        get
        {
            TimeSpan[] all = [.. _chats.SelectMany(static chat => chat.Recoveries).Order()];
            return all.Length == 0 ? TimeSpan.Zero : all[(int)Math.Ceiling(all.Length * 0.99) - 1];
        }
    }

    /// <summary>How long after the last kill every message was answered. Ask after the end.</summary>
    public TimeSpan Settled { get; private set; }

    /// <summary>Ends the writers, waits for every answer, and compares what was acknowledged and seen with what is stored.</summary>
    /// <exception cref="TimeoutException">Something was not answered; the message names it.</exception>
    /// <exception cref="InvalidOperationException">Something was lost, repeated, reordered or not what must be said; the message tells all of it.</exception>
    public async Task EndAsync()
    {
        try
        {
            _limit.CancelAfter(_patience);
            await _writing.CancelAsync();
            await _writers;
            Volatile.Write(ref _writersLeft, true);
            await _readers;
            Settled = Stopwatch.GetElapsedTime(_lastKill);
        }
        catch (OperationCanceledException)
        {
            IEnumerable<string> late = _chats.Where(static chat => !chat.IsAnswered()).Select(static chat => chat.ToString()).Concat(_chats.SelectMany(static chat => chat.Violations));
            throw new TimeoutException($"Not answered in time:\n{string.Join('\n', late)}");
        }

        string[] violations = [.. (await Task.WhenAll(_chats.Select(CheckAsync))).SelectMany(static found => found)];
        if (violations.Length > 0)
        {
            throw new InvalidOperationException($"{violations.Length} violations:\n{string.Join('\n', violations)}");
        }
    }

    /// <summary>The turns, of those seen as a whole, that have not as many deltas as they were asked for. Where servers die a turn begins again; then this says nothing.</summary>
    public IReadOnlyList<string> TurnsWithOtherTokens =>
    [
        .. from chat in _chats
           where chat.Agent == "load"
           from turn in SeenTurn.Among(chat.Seen)
           where turn.IsWhole && turn.Tokens != Tokens
           select $"{chat.ChatId}: {turn.Tokens} tokens in {string.Join('\n', turn.Records.Where(static record => record.Delta is null))}",
    ];

    /// <summary>The records that say they are older than the one before them.</summary>
    public IReadOnlyList<string> TimesThatGoBack =>
    [
        .. from chat in _chats
           from pair in chat.Seen.Zip(chat.Seen.Skip(1))
           where pair.Second.Timestamp < pair.First.Timestamp
           select $"{chat.ChatId}: record {pair.Second.Sequence} is {pair.First.Timestamp - pair.Second.Timestamp} ms older than record {pair.First.Sequence}",
    ];

    /// <summary>How many messages kept an answer that broke off, since others waited behind them when their run died. Known after the end.</summary>
    public int BrokenOff => _brokenOff;

    /// <summary>How many messages were given up, since too many runs died with them. Known after the end.</summary>
    public int Abandoned => _abandoned;

    /// <summary>What it went through.</summary>
    public override string ToString() =>
        $"{Acknowledged} appends acknowledged, {Repeats} of them repeated, {CutWrites} cut on their way, {_chats.Sum(static chat => chat.Seen.Count)} records followed, 0 lost, 0 repeated, 0 reordered; "
        + $"{BrokenOff} answers broken off for good, {Abandoned} messages given up, {_chats.Sum(static chat => chat.Gaps)} gaps of what was trimmed; "
        + $"longest gap within an answer {_chats.Max(static chat => chat.LongestGap).TotalMilliseconds:F0} ms";

    /// <inheritdoc/>
    public void Dispose()
    {
        _limit.Cancel();
        _limit.Dispose();
        _writing.Dispose();
    }

    /// <summary>Of each six, three chats stream, two answer at once, and one starts a run for every message.</summary>
    private static ChatUnderFire Chat(string name, int number, LoadPace pace) => (number % Chats) switch
    {
        < 3 => new ChatUnderFire($"{name}load-{number}", "load", _ => $"go {Tokens} {pace.BetweenTokens.TotalMilliseconds:F0}"),
        < 5 => new ChatUnderFire($"{name}echo-{number}", "echo", static partId => $"message {partId}"),
        _ => new ChatUnderFire($"{name}idle-{number}", "idle", static partId => $"message {partId}"),
    };

    private async Task MoveAsync(IReadOnlyList<ChatUnderFire> chats, bool isEvery)
    {
        long[] before = [.. chats.Select(static chat => chat.Progress)];
        while (isEvery ? chats.Where((chat, i) => chat.Progress == before[i]).Any() : chats.Select(static chat => chat.Progress).SequenceEqual(before))
        {
            await Task.Delay(10, Limit);
        }

        // As many steps as a test has, each has the whole time, however slow the machine.
        _limit.CancelAfter(_patience);
    }

    private async Task<IEnumerable<string>> CheckAsync(ChatUnderFire chat)
    {
        var violations = chat.Violations.ToList();
        await CheckInAsync(chat, violations);
        await CheckOutAsync(chat, violations);
        await CheckAnswersAsync(chat, violations);
        return violations;
    }

    /// <summary>Every acknowledged append, and nothing else, stands in <c>in</c> once, at the sequence that was answered. The chat itself has seen to their order.</summary>
    private async Task CheckInAsync(ChatUnderFire chat, List<string> violations)
    {
        var stored = new Dictionary<string, long>();
        long expected = 0;
        foreach ((string partId, long sequence) in await _client.StoredInAsync(chat.ChatId, Limit))
        {
            if (sequence != expected++ || !stored.TryAdd(partId, sequence))
            {
                violations.Add($"{chat.ChatId}: {partId} stands at {sequence}, {expected - 1} expected, and at {stored.GetValueOrDefault(partId, -1)}");
            }
        }

        violations.AddRange(stored.Keys.Except(chat.Acknowledged.Keys).Select(part => $"{chat.ChatId}: {part} was never acknowledged and stands at {stored[part]}"));
        violations.AddRange(chat.Acknowledged
            .Where(part => stored.GetValueOrDefault(part.Key, -1) != part.Value)
            .Select(part => $"{chat.ChatId}: {part.Key} was acknowledged at {part.Value} and stands at {stored.GetValueOrDefault(part.Key, -1)}"));
    }

    /// <summary>What the reader followed is what is stored.</summary>
    private async Task CheckOutAsync(ChatUnderFire chat, List<string> violations)
    {
        Dictionary<long, WireRecord> seen = chat.Seen.ToDictionary(static record => record.Sequence);
        await foreach (WireRecord record in _client.FollowAsync(chat.ChatId, "out", -1, silence: 1, Limit))
        {
            if (seen.TryGetValue(record.Sequence, out WireRecord? followed) && (record.Body, record.Floor) != (followed.Body, followed.Floor))
            {
                violations.Add($"{chat.ChatId}: record {record.Sequence} was seen as {followed} and is stored as {record}");
            }
        }
    }

    /// <summary>Every message has one boundary and one answer, in the streams and in the transcript.</summary>
    private async Task CheckAnswersAsync(ChatUnderFire chat, List<string> violations)
    {
        var oracle = new ChatOracle(chat.ChatId, chat.Answers, chat.MayBeGivenUp);
        violations.AddRange(oracle.Judge(chat.Acknowledged.Count, chat.Seen, await _client.TranscriptAsync(chat.ChatId, Limit)));
        Interlocked.Add(ref _brokenOff, oracle.BrokenOff);
        Interlocked.Add(ref _abandoned, oracle.Abandoned);
    }
}
