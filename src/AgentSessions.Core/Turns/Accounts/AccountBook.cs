namespace AgentSessions.Core.Turns.Accounts;

/// <summary>Notes what a run calls until the next boundary takes it. Tools of one step are noted side by side.</summary>
internal sealed class AccountBook(TimeProvider time)
{
    /// <summary>A turn of the most steps with some tools in each stays below; a loop of an agent's own must not grow its boundary without end.</summary>
    private const int MaxEntries = 200;

    private readonly Lock _gate = new();
    private List<AccountEntry> _entries = [];
    private int _omitted;

    /// <summary>A call begins.</summary>
    public AccountMark Begin(AccountKind kind, string name) => new(this, kind, name, time.GetUtcNow().ToUnixTimeMilliseconds(), time.GetTimestamp());

    /// <summary>What was noted since the last time, and how much was left out.</summary>
    public (IReadOnlyList<AccountEntry> Entries, int Omitted) Take()
    {
        lock (_gate)
        {
            (List<AccountEntry> entries, int omitted) = (_entries, _omitted);
            (_entries, _omitted) = ([], 0);
            entries.Sort(static (one, other) => one.At.CompareTo(other.At));
            return (entries, omitted);
        }
    }

    internal double Since(long timestamp) => Math.Round(time.GetElapsedTime(timestamp).TotalMilliseconds, 2);

    internal void Add(AccountEntry entry)
    {
        lock (_gate)
        {
            if (_entries.Count < MaxEntries)
            {
                _entries.Add(entry);
            }
            else
            {
                _omitted++;
            }
        }
    }
}

/// <summary>A call that has begun; it failed unless it is said to have succeeded before it is disposed.</summary>
internal sealed class AccountMark(AccountBook book, AccountKind kind, string name, long at, long started) : IDisposable
{
    private bool _hasSucceeded;

    /// <summary>Tokens a model read and wrote.</summary>
    public (long Input, long Output) Tokens { get; set; }

    public void Succeed() => _hasSucceeded = true;

    public void Dispose() => book.Add(new AccountEntry(kind, name, at, book.Since(started), !_hasSucceeded)
    {
        InputTokens = Tokens.Input,
        OutputTokens = Tokens.Output,
    });
}
