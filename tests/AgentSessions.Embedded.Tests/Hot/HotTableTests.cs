using System.Collections.Concurrent;
using AgentSessions.Embedded.Hot;

namespace AgentSessions.Embedded.Tests.Hot;

/// <summary>Loads that take long hold up whoever asked for them and nobody else.</summary>
public sealed class HotTableTests
{
    /// <summary>Keys this far apart share a lock.</summary>
    private const int Apart = 64;

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<int> _loads = new();

    // One for each slow load that may end, and whether well.
    private readonly BlockingCollection<bool> _slowLoads = [];
    private readonly TaskCompletionSource _isLoading = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HotTable<int, Entry> _table;

    public HotTableTests() => _table = new HotTable<int, Entry>(0, Load);

    [Fact]
    public async Task Unpin_BesideALoad_DoesNotWait()
    {
        Entry other = _table.Pin(1);
        Task<Entry> slow = Task.Run(() => _table.Pin(1 + Apart));
        await _isLoading.Task.WaitAsync(_limit);

        await Task.Run(() => _table.Unpin(other)).WaitAsync(_limit);
        Assert.Empty(await Task.Run(() => _table.Where(static _ => true)).WaitAsync(_limit));

        _slowLoads.Add(true);
        _slowLoads.Add(true);
        Assert.Equal(1 + Apart, (await slow.WaitAsync(_limit)).Key);
    }

    [Fact]
    public async Task Pin_ByManyAtOnce_LoadsOnce()
    {
        Task<Entry>[] slow = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() => _table.Pin(1 + Apart)))];
        await _isLoading.Task.WaitAsync(_limit);
        _slowLoads.Add(true);
        Entry[] entries = await Task.WhenAll(slow).WaitAsync(_limit);
        Assert.Single(entries.Distinct());
        Assert.Equal(4, entries[0].Pins);
        Assert.Single(_loads);
    }

    /// <summary>Whoever changes all entries of a kind at once misses those on their way, and they could be from before.</summary>
    [Fact]
    public async Task Where_BesideALoad_HasItMadeAnew()
    {
        Task<Entry> slow = Task.Run(() => _table.Pin(1 + Apart));
        await _isLoading.Task.WaitAsync(_limit);
        Assert.Empty(await Task.Run(() => _table.Where(static _ => true)).WaitAsync(_limit));
        _slowLoads.Add(true);
        _slowLoads.Add(true);
        Assert.Equal(2, (await slow.WaitAsync(_limit)).Load);
    }

    [Fact]
    public async Task Pin_WhoseLoadFailed_IsTriedAgainByTheNext()
    {
        _slowLoads.Add(false);
        await Assert.ThrowsAsync<InvalidOperationException>(() => Task.Run(() => _table.Pin(1 + Apart)));
        _slowLoads.Add(true);
        Assert.Equal(2, _table.Pin(1 + Apart).Load);
    }

    private Entry Load(int key)
    {
        _loads.Enqueue(key);
        if (key > Apart)
        {
            _isLoading.TrySetResult();
            if (!_slowLoads.Take())
            {
                throw new InvalidOperationException("The load failed.");
            }
        }

        return new Entry(key, _loads.Count);
    }

    private sealed class Entry(int key, int load) : HotEntry<int>(key)
    {
        /// <summary>How many loads there were.</summary>
        public int Load => load;
    }
}
