using AgentSessions.Embedded.Files;
using AgentSessions.Embedded.Journal;

namespace AgentSessions.Embedded.Backups;

/// <summary>Copies the end of a journal while it is appended to, so that the copy opens as if the process had ended at one moment.</summary>
internal static class JournalCopy
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Copies the segments from a place on, up to the last group that is written. Nothing may be released meanwhile.</summary>
    /// <returns>The bytes that were written.</returns>
    public static long Write(JournalLog journal, JournalPosition from, string directory)
    {
        // Cut here: beyond it, what is read first may be older than what is read last, which would look like damage. And not before: of a group
        // that is just being applied the database may have a part already, which without the group would be a session whose records are missing.
        JournalPosition end = journal.Written;
        long bytes = 0;
        for (long number = from.Segment; number <= end.Segment; number++)
        {
            JournalSegment segment = journal.Pin(number) ?? throw new InvalidOperationException($"Segment {number} of the journal was released too early.");
            try
            {
                Copy(segment, number == end.Segment ? end.Offset : segment.End, directory);
                bytes += segment.Header.Size;
            }
            finally
            {
                journal.Unpin(segment);
            }
        }

        return bytes;
    }

    private static void Copy(JournalSegment segment, long end, string directory)
    {
        string path = Path.Combine(directory, Path.GetFileName(segment.File.Path));
        using DataFile copy = DataFile.Create(path, segment.Header.Size, probe: null);
        byte[] buffer = new byte[BufferBytes];
        for (long offset = 0; offset < end;)
        {
            int read = segment.File.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - offset)), offset);
            copy.Write(buffer.AsSpan(0, read), offset);
            offset += read;
        }

        copy.Flush();
    }
}
