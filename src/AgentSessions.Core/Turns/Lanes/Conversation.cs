using System.Buffers;
using System.Collections;
using System.Text.Json;
using AgentSessions.Agents;
using AgentSessions.Agents.Conversion;
using AgentSessions.Core.Storage;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Core.Turns.Lanes;

/// <summary>The messages of a session as users see them, and what of them is not saved yet.</summary>
/// <remarks>
/// A message is parsed when somebody looks at it, and a save names only what changed, so a turn's cost does not grow with history it does
/// not use.
/// </remarks>
internal sealed class Conversation : IReadOnlyList<UIMessage>
{
    private const int KeptScratchBytes = 64 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _scratch;

    private readonly List<Entry> _entries = [];
    private readonly HashSet<Entry> _unsaved = [];
    private Dictionary<string, int>? _places;
    private int _savedCount;
    private int _settled;
    private int _looked;

    public int Count => _entries.Count;

    public UIMessage this[int index] => _entries[index].Message;

    /// <summary>The newest message, or null.</summary>
    public UIMessage? Last => _entries.Count == 0 ? null : _entries[^1].Message;

    /// <summary>Whether a save would find nothing.</summary>
    public bool IsSaved => _unsaved.Count == 0 && _settled == _savedCount && _savedCount == _entries.Count;

    /// <summary>Starts from what is stored.</summary>
    public static Conversation Load(IEnumerable<StoredMessage> stored)
    {
        var conversation = new Conversation();
        foreach (StoredMessage message in stored)
        {
            conversation._entries.Add(new Entry(message.Id, message.Json, message.Final));
        }

        conversation._savedCount = conversation._settled = conversation._entries.Count;
        return conversation;
    }

    /// <summary>Starts from what an application's store holds.</summary>
    public static Conversation Load(IEnumerable<StoredConversationMessage> stored)
    {
        var conversation = new Conversation();
        conversation._entries.AddRange(stored.Select(static message => new Entry(message.Message, message.Final)));
        conversation._savedCount = conversation._settled = conversation._entries.Count;
        return conversation;
    }

    /// <summary>A message as the model sees it.</summary>
    /// <param name="index">Its place.</param>
    /// <param name="toolOutput">How outputs look to the model, if it was not asked for before.</param>
    public IReadOnlyList<ChatMessage> ModelAt(int index, ToolModelOutput? toolOutput) => _entries[index].Model(toolOutput);

    /// <summary>Forgets what the model sees of the messages: it was made without knowing how outputs look to it.</summary>
    public void ForgetModel() => _entries.ForEach(static entry => entry.ForgetModel());

    public string IdAt(int index) => _entries[index].Id;

    /// <summary>Whether there is an answer at this place that was broken off.</summary>
    public bool IsPartialAt(int index) => index < _entries.Count && !_entries[index].Final && _entries[index].Message.Role == UIMessageRole.Assistant;

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
            if (!ReferenceEquals(known.Message, message) || known.Final != final)
            {
                known.Change(message, final);
                _unsaved.Add(known);
                _looked = Math.Min(_looked, place);
            }

            return;
        }

        var entry = new Entry(message, final);
        _places![message.Id] = _entries.Count;
        _entries.Add(entry);
        _unsaved.Add(entry);
    }

    /// <summary>Keeps the first messages only.</summary>
    public void Truncate(int count)
    {
        for (int i = _entries.Count - 1; i >= count; i--)
        {
            _places?.Remove(_entries[i].Id);
            _unsaved.Remove(_entries[i]);
            _entries.RemoveAt(i);
        }

        _settled = Math.Min(_settled, count);
        _looked = Math.Min(_looked, count);
    }

    /// <summary>Drops assistant messages from the end, until a user's is last.</summary>
    public void TruncateTrailingAnswers()
    {
        int count = _entries.Count;
        while (count > 0 && _entries[count - 1].Message.Role != UIMessageRole.User)
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
                if (!ReferenceEquals(entry.Message, message))
                {
                    entry.Change(message, entry.Final);
                    _unsaved.Add(entry);
                }
            }
            else
            {
                entry = new Entry(message, final: true);
                _unsaved.Add(entry);
            }

            _entries.Add(entry);
        }

        _unsaved.IntersectWith(_entries);
        _places = null;
        _looked = 0;
        _settled = Math.Min(_settled, same);
    }

    /// <summary>What is not saved yet; it counts as saved from now on. Null if there is nothing.</summary>
    /// <param name="now">The time, Unix milliseconds.</param>
    /// <param name="redact">Changes a message before it is stored; null leaves it.</param>
    public TranscriptDelta? TakeChanges(long now, Func<UIMessage, UIMessage>? redact = null)
    {
        bool drops = _settled < _savedCount;
        if (!drops && _unsaved.Count == 0)
        {
            return null;
        }

        // What changed is near the end as a rule: look from there until all of it was seen.
        var puts = new List<StoredMessage>(_unsaved.Count);
        int left = _unsaved.Count;
        for (int i = _entries.Count - 1; i >= 0 && (left > 0 || (drops && i >= _settled)); i--)
        {
            bool isUnsaved = _unsaved.Contains(_entries[i]);
            left -= isUnsaved ? 1 : 0;
            if (isUnsaved || (drops && i >= _settled))
            {
                puts.Add(new StoredMessage(_entries[i].Id, redact is null ? _entries[i].Json : Write(redact(_entries[i].Message)), _entries[i].Final));
            }
        }

        puts.Reverse();
        string? truncateAfter = !drops ? null : _settled == 0 ? "" : _entries[_settled - 1].Id;
        _unsaved.Clear();
        _savedCount = _settled = _entries.Count;
        return new TranscriptDelta { TruncateAfter = truncateAfter, Puts = puts, SavedAt = now };
    }

    private static ReadOnlyMemory<byte> Write(UIMessage message)
    {
        // The writer asks for three times the room that a text takes as a rule; what is stored is kept for a while, so it is copied out.
        ArrayBufferWriter<byte> scratch = _scratch ??= new ArrayBufferWriter<byte>(KeptScratchBytes / 4);
        scratch.ResetWrittenCount();
        UIMessageWriter.Write(message, scratch);
        byte[] json = scratch.WrittenSpan.ToArray();
        if (scratch.Capacity > KeptScratchBytes)
        {
            _scratch = null;
        }

        return json;
    }

    /// <summary>The files whose addresses begin with a scheme, oldest first, of messages that came or changed since this was last asked.</summary>
    /// <remarks>Messages that are only bytes yet stay so unless they may have one.</remarks>
    public IReadOnlyList<FilePart> TakeFiles(string scheme)
    {
        if (_looked == _entries.Count)
        {
            return [];
        }

        var files = new List<FilePart>();
        byte[] mark = System.Text.Encoding.UTF8.GetBytes($"\"{scheme}");
        for (; _looked < _entries.Count; _looked++)
        {
            Entry entry = _entries[_looked];
            if (entry.MayHold(mark))
            {
                int before = files.Count;
                files.AddRange(entry.Message.Parts.OfType<FilePart>().Where(file => file.Url.StartsWith(scheme, StringComparison.Ordinal)));
                entry.HoldsNone = files.Count == before;
            }
            else
            {
                entry.HoldsNone = true;
            }
        }

        return files;
    }

    /// <summary>Lets go of all that was made of the messages, as if it had just been loaded.</summary>
    /// <returns>How many bytes the messages have.</returns>
    public long Rest()
    {
        _looked = 0;
        return _entries.Sum(static entry => entry.Rest());
    }

    public IEnumerator<UIMessage> GetEnumerator() => _entries.Select(static entry => entry.Message).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private sealed class Entry
    {
        private ReadOnlyMemory<byte> _json;
        private UIMessage? _message;
        private IReadOnlyList<ChatMessage>? _model;

        public Entry(string id, ReadOnlyMemory<byte> json, bool final)
        {
            Id = id;
            _json = json;
            Final = final;
        }

        public Entry(UIMessage message, bool final)
        {
            Id = message.Id;
            _message = message;
            Final = final;
        }

        public string Id { get; }

        public bool Final { get; private set; }

        /// <summary>Whether it was looked through and has no file.</summary>
        public bool HoldsNone { private get; set; }

        public bool MayHold(ReadOnlySpan<byte> text) => !HoldsNone && (_message is not null || _json.Span.IndexOf(text) >= 0);

        public IReadOnlyList<ChatMessage> Model(ToolModelOutput? toolOutput) => _model ??= ModelMessages.FromUI(Message, toolOutput);

        public void ForgetModel() => _model = null;

        public UIMessage Message => _message ??= JsonSerializer.Deserialize<UIMessage>(_json.Span, UIJson.Options)!;

        public ReadOnlyMemory<byte> Json
        {
            get
            {
                if (_json.IsEmpty)
                {
                    return Write(_message!);
                }

                return _json;
            }
        }

        public void Change(UIMessage message, bool final)
        {
            _message = message;
            _json = default;
            _model = null;
            HoldsNone = false;
            Final = final;
        }

        public int Rest()
        {
            _json = Json;
            _message = null;
            _model = null;
            return _json.Length;
        }
    }
}
