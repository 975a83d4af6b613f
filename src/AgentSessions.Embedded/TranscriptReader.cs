using AgentSessions.Core.Storage;
using AgentSessions.Embedded.Hot;
using AgentSessions.Embedded.Sqlite;

namespace AgentSessions.Embedded;

/// <summary>Reads a transcript: what the database has, and the changes that it lacks.</summary>
internal static class TranscriptReader
{
    public static StoredTranscript Read(ReaderPool readers, HotSession session, int? limit, string? before)
    {
        // The changes are taken first: one that reaches the database meanwhile is told by its frame and not applied twice.
        (long number, (long Sequence, TranscriptDelta Delta)[] pending) = session.Transcript;
        if (number == 0)
        {
            return StoredTranscript.Empty;
        }

        StoredTranscript stored;
        long applied;
        using (ReaderPool.Lease reader = readers.RentForLong())
        {
            bool whole = pending.Length > 0;
            (stored, applied) = TranscriptRows.Read(reader.Database, number, whole ? null : limit, whole ? null : before);
        }

        if (pending.Length == 0)
        {
            return stored;
        }

        var fold = new TranscriptFold(stored);
        foreach ((long sequence, TranscriptDelta delta) in pending)
        {
            if (sequence > applied)
            {
                fold.Apply(delta);
            }
        }

        return fold.Page(limit, before);
    }
}
