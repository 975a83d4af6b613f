using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Embedded.Hot;
using AgentSessions.Embedded.Journal;
using AgentSessions.Embedded.Sqlite;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Embedded;

/// <summary>Reads records from where they are: the database's chunks or the journal.</summary>
internal static class RecordReader
{
    public static RecordBatch? Read(JournalLog journal, ReaderPool readers, HotSession session, StreamId stream, long from, int maxBytes)
    {
        // What is kept ends in the database and goes on in the journal, so an answer has one part or two.
        RecordBatch? first = ReadPart(journal, readers, session, stream, from, maxBytes);
        if (first is null || first.Records.Length >= maxBytes)
        {
            return first;
        }

        RecordBatch? second = ReadPart(journal, readers, session, stream, first.Tail.Value, maxBytes - first.Records.Length);
        return second?.First == first.Tail ? new[] { first, second }.Join() : first;
    }

    private static RecordBatch? ReadPart(
        JournalLog journal, ReaderPool readers, HotSession session, StreamId stream, long from, int maxBytes)
    {
        // Between the look at the stream and the read, records may have moved from the journal to the database, or been trimmed, and their
        // bytes erased with those of a deleted session. Then nothing is found, or something else, and the stream says where to look now.
        (long Number, StoredStream Place)? before = null;
        while (true)
        {
            (long Number, StoredStream Place) seen;
            long start;
            Extent[] extents;
            lock (session.Gate)
            {
                if (session.Find(stream) is not { } found || Math.Max(from, found.Oldest) is var first && first >= found.Tail)
                {
                    return null;
                }

                start = first;
                seen = (session.Number, found.Stored with { Tail = 0, Timestamp = 0 });
                extents = start < found.StoredTo ? [] : found.Extents.Copy(found.Extents.IndexOf(start), maxBytes);
            }

            try
            {
                RecordBatch? batch = extents.Length > 0 ? FromJournal(journal, extents) : FromDatabase(readers, seen.Number, stream, start, maxBytes);
                if (batch?.From(new Cursor(start)) is { } answer)
                {
                    return answer;
                }
            }
            catch (StoreDamagedException) when (seen != before)
            {
                // Erased, or damaged: the next look tells.
            }

            if (seen == before)
            {
                throw new StoreDamagedException($"Records of {stream} from {start} on are missing. Restore the store from a backup.");
            }

            before = seen;
        }
    }

    private static RecordBatch? FromJournal(JournalLog journal, Extent[] extents)
    {
        byte[] records = GC.AllocateUninitializedArray<byte>(ExtentReader.LengthOf(extents));
        return ExtentReader.TryRead(journal, extents, records) ? RecordBatch.Wrap(new Cursor(extents[0].First), records) : null;
    }

    private static RecordBatch? FromDatabase(ReaderPool readers, long number, StreamId stream, long from, int maxBytes)
    {
        using ReaderPool.Lease reader = readers.Rent();
        return ChunkRows.Read(reader.Database, number, StreamName.Of(stream), from, maxBytes);
    }
}
