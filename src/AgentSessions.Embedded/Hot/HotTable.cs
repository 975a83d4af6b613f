namespace AgentSessions.Embedded.Hot;

/// <summary>Something of the store that is in memory: because somebody uses it, because it changed, or because it was used lately.</summary>
internal abstract class HotEntry<TKey>(TKey key)
{
    public TKey Key { get; } = key;

    /// <summary>How many hold it. Guarded by the table.</summary>
    public int Pins { get; set; }

    /// <summary>Whether it was used since eviction last came by. Guarded by the table.</summary>
    public bool IsRecent { get; set; }

    /// <summary>Whether it holds what the database does not. Set only while it is pinned, so that eviction cannot miss it.</summary>
    public volatile bool IsDirty;
}

/// <summary>Keeps one entry per key, loads what is missing, and forgets clean entries beyond a number.</summary>
/// <remarks>
/// A key is loaded once for all who ask meanwhile, and by nobody while it has an entry. So two callers never hold different entries of one key,
/// and what was loaded cannot be older than an entry that was changed, flushed and forgotten meanwhile. No lock is held over a load: the writer,
/// which unpins, never waits for the database.
/// </remarks>
internal sealed class HotTable<TKey, TEntry>
    where TKey : struct, IEquatable<TKey>
    where TEntry : HotEntry<TKey>
{
    private const int StripeCount = 64;
    private const int EvictionSteps = 4;

    private readonly Stripe[] _stripes = new Stripe[StripeCount];
    private readonly int _capacity;
    private readonly Func<TKey, TEntry> _load;

    /// <param name="capacity">Clean entries to keep, about.</param>
    /// <param name="load">Reads an entry from the database, or makes one that says that there is nothing.</param>
    public HotTable(int capacity, Func<TKey, TEntry> load)
    {
        _capacity = capacity / StripeCount;
        _load = load;
        for (int i = 0; i < StripeCount; i++)
        {
            _stripes[i] = new Stripe();
        }
    }

    /// <summary>How many entries are in memory.</summary>
    public int Count => _stripes.Sum(stripe =>
    {
        lock (stripe)
        {
            return stripe.Entries.Count;
        }
    });

    /// <summary>The entry of a key, held until <see cref="Unpin"/>.</summary>
    public TEntry Pin(TKey key)
    {
        Stripe stripe = StripeOf(key);
        while (true)
        {
            Lazy<TEntry> load;
            lock (stripe)
            {
                if (stripe.Entries.TryGetValue(key, out TEntry? entry))
                {
                    return Held(entry);
                }

                if (!stripe.Loads.TryGetValue(key, out load!))
                {
                    stripe.Loads.Add(key, load = new Lazy<TEntry>(() => _load(key)));
                }
            }

            TEntry? loaded = null;
            try
            {
                loaded = load.Value;
            }
            finally
            {
                // Only by the first who comes back; to the others the entry is there by now, or it has to be loaded anew.
                lock (stripe)
                {
                    if (stripe.EndLoad(key, load) && loaded is not null)
                    {
                        Held(loaded);
                        stripe.Entries.Add(key, loaded);
                        stripe.Order.Enqueue(loaded);
                        Evict(stripe);
                    }
                    else
                    {
                        loaded = null;
                    }
                }
            }

            if (loaded is not null)
            {
                return loaded;
            }
        }
    }

    public void Unpin(TEntry entry)
    {
        Stripe stripe = StripeOf(entry.Key);
        lock (stripe)
        {
            entry.Pins--;
            if (stripe.Entries.Count > _capacity)
            {
                Evict(stripe);
            }
        }
    }

    /// <summary>The entries in memory that fulfil a condition. They are not held. What is being loaded is loaded anew, so that it cannot be from before this call.</summary>
    public List<TEntry> Where(Func<TEntry, bool> condition)
    {
        var found = new List<TEntry>();
        foreach (Stripe stripe in _stripes)
        {
            lock (stripe)
            {
                stripe.Loads.Clear();
                found.AddRange(stripe.Entries.Values.Where(condition));
            }
        }

        return found;
    }

    /// <summary>Forgets every entry that is clean and not held.</summary>
    public void Clear()
    {
        foreach (Stripe stripe in _stripes)
        {
            lock (stripe)
            {
                for (int i = stripe.Order.Count; i > 0; i--)
                {
                    TEntry entry = stripe.Order.Dequeue();
                    if (IsFree(entry))
                    {
                        stripe.Entries.Remove(entry.Key);
                    }
                    else
                    {
                        stripe.Order.Enqueue(entry);
                    }
                }

                stripe.Entries.TrimExcess();
                stripe.Order.TrimExcess();
            }
        }
    }

    private static TEntry Held(TEntry entry)
    {
        entry.Pins++;
        entry.IsRecent = true;
        return entry;
    }

    private static bool IsFree(TEntry entry) => entry.Pins == 0 && !entry.IsDirty;

    private void Evict(Stripe stripe)
    {
        for (int i = 0; i < EvictionSteps && stripe.Entries.Count > _capacity; i++)
        {
            TEntry entry = stripe.Order.Dequeue();
            if (!IsFree(entry) || (entry.IsRecent && _capacity > 0))
            {
                entry.IsRecent = false;
                stripe.Order.Enqueue(entry);
            }
            else
            {
                stripe.Entries.Remove(entry.Key);
            }
        }
    }

    private Stripe StripeOf(TKey key) => _stripes[(key.GetHashCode() & int.MaxValue) % StripeCount];

    private sealed class Stripe
    {
        public Dictionary<TKey, TEntry> Entries { get; } = [];

        public Queue<TEntry> Order { get; } = new();

        /// <summary>Keys without an entry that somebody asked for.</summary>
        public Dictionary<TKey, Lazy<TEntry>> Loads { get; } = [];

        /// <returns>False if the load was ended before.</returns>
        public bool EndLoad(TKey key, Lazy<TEntry> load) =>
            Loads.TryGetValue(key, out Lazy<TEntry>? current) && ReferenceEquals(current, load) && Loads.Remove(key);
    }
}
