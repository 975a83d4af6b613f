using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Embedded.Entries;
using AgentSessions.Embedded.Hot;
using AgentSessions.Embedded.Journal;
using AgentSessions.Embedded.Sqlite;

namespace AgentSessions.Embedded;

/// <summary>Brings back to memory what the journal has and the database lacks.</summary>
internal sealed class Recovery(SqliteDatabase database, HotStore hot)
{
    // Sessions that only the journal knows, for entries that name them by number.
    private readonly Dictionary<long, SessionKey> _keys = [];

    /// <summary>The greatest session number in use.</summary>
    public long LastSession { get; private set; } = database.Scalar("SELECT max(number) FROM sessions");

    /// <exception cref="StoreDamagedException">The group passes its checksum and yet makes no sense.</exception>
    public void Apply(JournalFrame frame)
    {
        try
        {
            var reader = new ByteReader(frame.Payload.Span);
            while (!reader.IsAtEnd)
            {
                ApplyEntry(ref reader, frame);
            }
        }
        catch (InvalidDataException exception)
        {
            throw new StoreDamagedException(
                $"Frame {frame.Place.Sequence} in segment {frame.Place.Segment} of the journal cannot be read.", exception);
        }
    }

    private void ApplyEntry(ref ByteReader reader, JournalFrame frame)
    {
        var kind = (EntryKind)reader.Byte();
        switch (kind)
        {
            case EntryKind.Commit:
                AppliedCommit applied = CommitCoding.Read(ref reader, frame.Payload, KeyOf);
                _keys[applied.Number] = applied.Commit.Session;
                LastSession = Math.Max(LastSession, applied.Number);
                ApplyCommit(applied, frame.Place);
                break;
            case EntryKind.Deletion:
                HotSession deleted = hot.Sessions.Pin(KeyOf(reader.Number()));
                hot.Delete(deleted, frame.Place);
                hot.Sessions.Unpin(deleted);
                break;
            case EntryKind.State:
                (StatePut put, long version) = StateCoding.Read(ref reader);
                HotState state = hot.States.Pin(put.Key);
                hot.Apply(put, version, state, frame.Place);
                hot.States.Unpin(state);
                break;
            default:
                throw new InvalidDataException($"An entry has the unknown kind {kind}.");
        }
    }

    private void ApplyCommit(AppliedCommit applied, FramePlace place)
    {
        HotSession session = hot.Sessions.Pin(applied.Commit.Session);
        HotState[] states = [.. applied.Commit.States.Select(put => hot.States.Pin(put.Key))];
        hot.Apply(applied, session, states, place);
        Array.ForEach(states, hot.States.Unpin);
        hot.Sessions.Unpin(session);
    }

    private SessionKey KeyOf(long number)
    {
        if (!_keys.TryGetValue(number, out SessionKey key))
        {
            key = SessionRows.KeyOf(database, number)
                ?? throw new InvalidDataException($"An entry belongs to session number {number}, which does not exist.");
            _keys.Add(number, key);
        }

        return key;
    }
}
