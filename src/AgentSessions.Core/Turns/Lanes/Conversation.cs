using System.Collections;
using AgentSessions.Agents;
using AgentSessions.Agents.Conversion;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Core.Turns.Lanes;

/// <summary>The messages of a session as users see them, and what of them is not saved yet.</summary>
/// <remarks>
/// A message is parsed when somebody looks at it, which several may do at once; a save names only what changed, and what was parsed is known
/// when it is let go of. So a turn's cost does not grow with history it does not use, nor does that of a run which follows another.
/// </remarks>
internal sealed partial class Conversation : IReadOnlyList<UIMessage>
{
    private readonly List<Entry> _entries = [];

    // Made when needed, since most conversations rest. What was parsed is changed by reading, under the entries' lock.
    private HashSet<Entry>? _parsed;
    private List<Entry>? _saved;
    private List<int>? _withFiles;
    private Dictionary<string, int>? _places;
    private int _unsaved;
    private int _savedCount;
    private int _settled;
    private int _looked;
    private int _filesTaken;
    private long _restingBytes;

    public int Count => _entries.Count;

    public UIMessage this[int index] => Parsed(_entries[index]).Message;

    /// <summary>The newest message, or null.</summary>
    public UIMessage? Last => _entries.Count == 0 ? null : this[^1];

    /// <summary>Whether a save would find nothing.</summary>
    public bool IsSaved => _unsaved == 0 && _settled == _savedCount && _savedCount == _entries.Count;

    /// <summary>Starts from what is stored.</summary>
    public static Conversation Load(IEnumerable<StoredMessage> stored)
    {
        var conversation = new Conversation();
        foreach (StoredMessage message in stored)
        {
            conversation._entries.Add(new Entry(message.Id, message.Json, message.Final));
            conversation._restingBytes += message.Json.Length;
        }

        conversation._savedCount = conversation._settled = conversation._entries.Count;
        return conversation;
    }

    /// <summary>Starts from what an application's store holds.</summary>
    public static Conversation Load(IEnumerable<StoredConversationMessage> stored)
    {
        var conversation = new Conversation();
        conversation._entries.AddRange(stored.Select(static message => new Entry(message.Message, message.Final)));
        conversation._entries.ForEach(entry => conversation.Parsed(entry));
        conversation._savedCount = conversation._settled = conversation._entries.Count;
        return conversation;
    }

    /// <summary>A message as the model sees it.</summary>
    /// <param name="index">Its place.</param>
    /// <param name="toolOutput">How outputs look to the model, if it was not asked for before.</param>
    public IReadOnlyList<ChatMessage> ModelAt(int index, ToolModelOutput? toolOutput) => Parsed(_entries[index]).Model(toolOutput);

    /// <summary>Forgets what the model sees of the messages: it was made without knowing how outputs look to it.</summary>
    public void ForgetModel() => _entries.ForEach(static entry => entry.ForgetModel());

    public string IdAt(int index) => _entries[index].Id;

    /// <summary>Whether there is an answer at this place that was broken off.</summary>
    public bool IsPartialAt(int index) => index < _entries.Count && !_entries[index].Final && this[index].Role == UIMessageRole.Assistant;

    /// <summary>The place of the message with this id, or -1.</summary>
    public int IndexOf(string id)
    {
        if (_places is null)
        {
            _places = new Dictionary<string, int>(_entries.Count, StringComparer.Ordinal);
            for (int i = 0; i < _entries.Count; i++)
            {
                _places[_entries[i].Id] = i;
            }
        }

        return _places.TryGetValue(id, out int place) ? place : -1;
    }

    public UIMessage? Find(string id) => IndexOf(id) is >= 0 and int place ? this[place] : null;

    /// <summary>Puts a message in the place of the one with its id, or at the end.</summary>
    /// <param name="message">The message.</param>
    /// <param name="final">False for a partial answer.</param>
    public void Put(UIMessage message, bool final = true)
    {
        int place = IndexOf(message.Id);
        if (place >= 0)
        {
            Entry known = _entries[place];
            if (!known.IsSame(message) || known.Final != final)
            {
                Parsed(known).Change(message, final);
                MarkUnsaved(known);
                LookAgainFrom(place);
            }

            return;
        }

        var entry = new Entry(message, final);
        _places![message.Id] = _entries.Count;
        _entries.Add(Parsed(entry));
        MarkUnsaved(entry);
    }

    /// <summary>Keeps the first messages only.</summary>
    public void Truncate(int count)
    {
        for (int i = _entries.Count - 1; i >= count; i--)
        {
            _places?.Remove(_entries[i].Id);
            Forget(_entries[i]);
            _entries.RemoveAt(i);
        }

        _settled = Math.Min(_settled, count);
        LookAgainFrom(count);
    }

    /// <summary>Drops assistant messages from the end, until a user's is last.</summary>
    public void TruncateTrailingAnswers()
    {
        int count = _entries.Count;
        while (count > 0 && this[count - 1].Role != UIMessageRole.User)
        {
            count--;
        }

        if (count < _entries.Count)
        {
            Truncate(count);
        }
    }

    /// <summary>Replaces everything.</summary>
    /// <exception cref="ArgumentException">Two messages have one id.</exception>
    public void Replace(IReadOnlyList<UIMessage> messages)
    {
        if (messages.Select(static message => message.Id).Distinct(StringComparer.Ordinal).Count() != messages.Count)
        {
            throw new ArgumentException("Two messages have one id.", nameof(messages));
        }

        var known = _entries.ToDictionary(static entry => entry.Id, StringComparer.Ordinal);
        int same = 0;
        while (same < messages.Count && same < _entries.Count && _entries[same].Id == messages[same].Id)
        {
            same++;
        }

        _entries.Clear();
        foreach (UIMessage message in messages)
        {
            if (known.TryGetValue(message.Id, out Entry? entry))
            {
                if (!entry.IsSame(message))
                {
                    Parsed(entry).Change(message, entry.Final);
                    MarkUnsaved(entry);
                }
            }
            else
            {
                entry = Parsed(new Entry(message, final: true));
                MarkUnsaved(entry);
            }

            _entries.Add(entry);
        }

        foreach (Entry dropped in known.Values.Except(_entries))
        {
            Forget(dropped);
        }

        _places = null;
        LookAgainFrom(0);
        _settled = Math.Min(_settled, same);
    }

    /// <summary>What is not saved yet; it counts as saved from now on. Null if there is nothing.</summary>
    /// <param name="now">The time, Unix milliseconds.</param>
    /// <param name="redact">Changes a message before it is stored; null leaves it.</param>
    public TranscriptDelta? TakeChanges(long now, Func<UIMessage, UIMessage>? redact = null)
    {
        bool drops = _settled < _savedCount;
        if (!drops && _unsaved == 0)
        {
            return null;
        }

        // What changed is near the end as a rule: look from there until all of it was seen.
        var puts = new List<StoredMessage>(_unsaved);
        int left = _unsaved;
        int first = _entries.Count;
        for (; first > 0 && (left > 0 || (drops && first > _settled)); first--)
        {
            Entry entry = _entries[first - 1];
            left -= entry.IsUnsaved ? 1 : 0;
            if (entry.IsUnsaved || (drops && first > _settled))
            {
                puts.Add(new StoredMessage(entry.Id, redact is null ? Saved(entry) : Write(redact(this[first - 1])), entry.Final));
            }
        }

        puts.Reverse();
        string? truncateAfter = !drops ? null : _settled == 0 ? "" : _entries[_settled - 1].Id;

        // Only now: what redacts may throw, and then nothing is saved.
        for (int i = first; i < _entries.Count; i++)
        {
            MarkSaved(_entries[i]);
        }

        _savedCount = _settled = _entries.Count;
        return new TranscriptDelta { TruncateAfter = truncateAfter, Puts = puts, SavedAt = now };
    }

    /// <summary>The files whose addresses begin with a scheme, oldest first, of messages that came or changed since this was last asked.</summary>
    /// <param name="scheme">The scheme, always the same.</param>
    /// <remarks>Messages that are only bytes yet stay so unless they may have one.</remarks>
    public IReadOnlyList<FilePart> TakeFiles(string scheme)
    {
        if (_looked < _entries.Count)
        {
            byte[] mark = System.Text.Encoding.UTF8.GetBytes($"\"{scheme}");
            for (; _looked < _entries.Count; _looked++)
            {
                if (_entries[_looked].MayHold(mark) && FilesAt(_looked, scheme).Any())
                {
                    (_withFiles ??= []).Add(_looked);
                }
            }
        }

        if (_withFiles is null || _filesTaken == _withFiles.Count)
        {
            return [];
        }

        FilePart[] files = [.. _withFiles.Skip(_filesTaken).SelectMany(place => FilesAt(place, scheme))];
        _filesTaken = _withFiles.Count;
        return files;
    }

    private IEnumerable<FilePart> FilesAt(int place, string scheme) =>
        this[place].Parts.OfType<FilePart>().Where(file => file.Url.StartsWith(scheme, StringComparison.Ordinal));

    private void LookAgainFrom(int place)
    {
        _looked = Math.Min(_looked, place);
        _withFiles?.RemoveAll(known => known >= place);
        _filesTaken = Math.Min(_filesTaken, _withFiles?.Count ?? 0);
    }

    /// <summary>Lets go of what was made of the messages that were saved since this was last called. Who goes on with them parses them once more.</summary>
    public void RestSaved()
    {
        foreach (Entry entry in _saved ?? [])
        {
            if (!entry.IsUnsaved)
            {
                Rest(entry);
            }
        }

        _saved = null;
    }

    /// <summary>Lets go of all that was made of the messages, as if it had just been loaded.</summary>
    /// <returns>How many bytes the messages have.</returns>
    public long Rest()
    {
        Entry[] parsed;
        lock (_entries)
        {
            parsed = [.. _parsed ?? []];
        }

        Array.ForEach(parsed, Rest);
        _saved = null;
        _filesTaken = 0;
        return _restingBytes;
    }

    private void Rest(Entry entry)
    {
        lock (_entries)
        {
            if (_parsed?.Remove(entry) == true)
            {
                _restingBytes -= entry.RestingBytes;
                entry.Rest();
                _restingBytes += entry.RestingBytes;
                _parsed = _parsed.Count > 0 ? _parsed : null;
            }
        }
    }

    public IEnumerator<UIMessage> GetEnumerator() => _entries.Select(entry => Parsed(entry).Message).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Notes that somebody looks at what a message says.</summary>
    private Entry Parsed(Entry entry)
    {
        if (!entry.IsParsed)
        {
            lock (_entries)
            {
                entry.IsParsed = true;
                (_parsed ??= []).Add(entry);
            }
        }

        return entry;
    }

    /// <summary>Drops a message that is no longer of the conversation.</summary>
    private void Forget(Entry entry)
    {
        MarkSaved(entry);
        _restingBytes -= entry.RestingBytes;
        lock (_entries)
        {
            _parsed?.Remove(entry);
        }
    }

    private ReadOnlyMemory<byte> Saved(Entry entry)
    {
        (_saved ??= []).Add(entry);
        return entry.Keep();
    }

    private void MarkUnsaved(Entry entry)
    {
        _unsaved += entry.IsUnsaved ? 0 : 1;
        entry.IsUnsaved = true;
    }

    private void MarkSaved(Entry entry)
    {
        _unsaved -= entry.IsUnsaved ? 1 : 0;
        entry.IsUnsaved = false;
    }
}
