using AgentSessions.Core.Sessions;

namespace AgentSessions.Core.Storage;

/// <summary>A transcript in memory: applies changes and answers pages. Stores use it for what they hold in memory.</summary>
/// <remarks>Not safe for use by two threads at once.</remarks>
public sealed class TranscriptFold
{
    private readonly List<StoredMessage> _messages;
    private readonly Dictionary<string, StoredMessage> _byId = [];
    private string? _state;
    private long _lastOut;
    private long _lastIn;
    private long _savedAt;

    /// <summary>Starts from what is stored.</summary>
    public TranscriptFold(StoredTranscript from)
    {
        _messages = [.. from.Messages];
        foreach (StoredMessage message in _messages)
        {
            _byId.Add(message.Id, message);
        }

        _state = from.State;
        _lastOut = from.LastOutSequence;
        _lastIn = from.LastInSequence;
        _savedAt = from.SavedAt;
    }

    /// <summary>Applies a change.</summary>
    public void Apply(TranscriptDelta delta)
    {
        if (delta.TruncateAfter is { } last)
        {
            TruncateAfter(last);
        }

        foreach (string id in delta.Removes)
        {
            if (_byId.Remove(id, out StoredMessage? removed))
            {
                _messages.Remove(removed);
            }
        }

        foreach (StoredMessage message in delta.Puts)
        {
            Put(message);
        }

        _state = delta.State ?? _state;
        _lastOut = delta.LastOutSequence ?? _lastOut;
        _lastIn = delta.LastInSequence ?? _lastIn;
        _savedAt = delta.SavedAt;
    }

    /// <summary>A page, as <see cref="ISessionStore.ReadTranscriptAsync"/> describes it.</summary>
    public StoredTranscript Page(int? limit, string? before)
    {
        int end = before is null ? _messages.Count : Math.Max(IndexOf(before), 0);
        int start = limit is { } most ? Math.Max(end - most, 0) : 0;
        string? older = start > 0 && start < end ? _messages[start].Id : null;
        return new StoredTranscript(_messages[start..end], older, _state, _lastOut, _lastIn, _savedAt);
    }

    private void Put(StoredMessage message)
    {
        if (_byId.TryGetValue(message.Id, out StoredMessage? old))
        {
            _messages[_messages.LastIndexOf(old)] = message;
        }
        else
        {
            _messages.Add(message);
        }

        _byId[message.Id] = message;
    }

    private void TruncateAfter(string last)
    {
        int keep = last.Length == 0 ? 0 : IndexOf(last) + 1;
        if (keep == 0 && last.Length > 0)
        {
            return;
        }

        foreach (StoredMessage message in _messages[keep..])
        {
            _byId.Remove(message.Id);
        }

        _messages.RemoveRange(keep, _messages.Count - keep);
    }

    private int IndexOf(string id) => _byId.TryGetValue(id, out StoredMessage? message) ? _messages.LastIndexOf(message) : -1;
}
