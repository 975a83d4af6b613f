using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Embedded.Entries;
using AgentSessions.Embedded.Hot;
using AgentSessions.Embedded.Journal;
using AgentSessions.Embedded.Sqlite;

namespace AgentSessions.Embedded.Checkpoints;

/// <summary>Brings what is new of one session to the database.</summary>
/// <remarks>
/// Taken under the session's gate, written without it, settled under it again. Whatever changes meanwhile stays for the next flush, so what
/// is written may be newer than the journal's checkpoint; replaying the journal over it ends in the same state.
/// </remarks>
internal sealed class SessionFlush
{
    private readonly HotSession _session;
    private readonly long _number;
    private readonly SessionRow? _row;
    private readonly long _version;
    private readonly SessionProgress _progress;
    private readonly long _oldestNeeded;
    private readonly (long Sequence, TranscriptDelta Delta)[] _transcript;
    private readonly RunRow[] _runs;
    private readonly List<StreamFlush> _streams = [];

    private SessionFlush(HotSession session, long movedBefore)
    {
        _session = session;
        _number = session.Number;
        _row = session.IsRowDirty ? session.Row : null;
        _version = session.Version;
        _progress = session.Progress;
        _oldestNeeded = session.OldestNeeded;
        _transcript = [.. session.PendingTranscript];
        _runs = [.. session.PendingRuns.Values];
        _streams.Add(new StreamFlush(StreamName.In, session.In, movedBefore));
        _streams.Add(new StreamFlush(StreamName.Out, session.Out, movedBefore));
        foreach ((string name, HotStream stream) in session.Channels)
        {
            if (stream.Tail > 0)
            {
                _streams.Add(new StreamFlush(name, stream, movedBefore));
            }
        }

        session.IsRowDirty = false;
        session.IsRowFlushing = _row is not null;
        session.OldestNeeded = long.MaxValue;
    }

    public SessionKey Session => _session.Key;

    /// <summary>Takes what is new.</summary>
    /// <param name="session">The session.</param>
    /// <param name="movedBefore">Records in journal segments before this one move to the database.</param>
    /// <returns>Null if there is no such session any more.</returns>
    public static SessionFlush? Begin(HotSession session, long movedBefore)
    {
        lock (session.Gate)
        {
            return session.Number == 0 ? null : new SessionFlush(session, movedBefore);
        }
    }

    /// <summary>Whether a session needs journal segments before a number.</summary>
    public static bool Needs(HotSession session, long before)
    {
        lock (session.Gate)
        {
            return session.OldestNeeded < before
                || HasExtentBefore(session.In, before)
                || HasExtentBefore(session.Out, before)
                || session.Channels.Values.Any(stream => HasExtentBefore(stream, before));
        }
    }

    /// <returns>False if the transcript in the database is damaged, so that the changes to it were left out. Everything else is written.</returns>
    public bool Write(SqliteDatabase database, ByteWriter scratch, JournalLog journal)
    {
        if (_row is not null)
        {
            SessionRows.Put(database, scratch, _number, _version, _row);
        }

        foreach (StreamFlush stream in _streams)
        {
            stream.Write(database, scratch, journal, _number);
        }

        SessionRows.PutHead(database, scratch, _number, _progress, _streams[0].Stored, _streams[1].Stored);
        foreach (StreamFlush channel in _streams.Skip(2))
        {
            SessionRows.PutChannel(database, scratch, _number, channel.Name, channel.Stored);
        }

        foreach (RunRow run in _runs)
        {
            RunRows.Put(database, scratch, _number, run);
        }

        return _transcript.Length == 0 || TranscriptRows.TryApply(database, scratch, _number, _transcript);
    }

    /// <summary>Drops from memory what is durable in the database.</summary>
    public void End(HotStore hot)
    {
        lock (_session.Gate)
        {
            _session.IsRowFlushing = false;

            // Deleted meanwhile, and perhaps made again: then nothing of it is this flush's.
            if (_session.Number == _number)
            {
                _session.PendingTranscript.RemoveRange(0, _transcript.Length);
                foreach (RunRow run in _runs)
                {
                    hot.ForgetRun(run);
                    if (ReferenceEquals(_session.PendingRuns.GetValueOrDefault(run.Id), run))
                    {
                        _session.PendingRuns.Remove(run.Id);
                    }
                }

                _streams.ForEach(stream => stream.End());
            }
        }
    }

    /// <summary>Gives back what could not be written.</summary>
    public void Abandon()
    {
        lock (_session.Gate)
        {
            _session.IsRowFlushing = false;
            if (_session.Number == _number)
            {
                _session.IsRowDirty |= _row is not null;
                _session.OldestNeeded = Math.Min(_session.OldestNeeded, _oldestNeeded);
            }
        }
    }

    private static bool HasExtentBefore(HotStream stream, long before) =>
        stream.Extents.Count > 0 && stream.Extents[0].Segment < before;
}
