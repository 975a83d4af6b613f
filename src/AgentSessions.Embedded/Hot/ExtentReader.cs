using AgentSessions.Core.Storage;
using AgentSessions.Embedded.Files;
using AgentSessions.Embedded.Journal;

namespace AgentSessions.Embedded.Hot;

/// <summary>Reads records from where they lie in the journal.</summary>
internal static class ExtentReader
{
    /// <summary>Gaps up to this size are read too rather than made a call of their own.</summary>
    private const int MaxGap = 4 << 10;

    private const int MaxRun = 256 << 10;

    /// <summary>How many bytes the records take, joined by commas.</summary>
    public static int LengthOf(ReadOnlySpan<Extent> extents)
    {
        int length = extents.Length - 1;
        foreach (Extent extent in extents)
        {
            length += extent.Length;
        }

        return length;
    }

    /// <summary>Reads all records, joined by commas.</summary>
    /// <returns>False if a segment was released meanwhile: the records are in the database now.</returns>
    /// <exception cref="StoreDamagedException">Bytes are not what was written.</exception>
    public static bool TryRead(JournalLog journal, ReadOnlySpan<Extent> extents, Span<byte> target)
    {
        byte[] run = [];
        for (int start = 0; start < extents.Length;)
        {
            int end = EndOfRun(extents, start);
            JournalSegment? segment = journal.Pin(extents[start].Segment);
            if (segment is null)
            {
                return false;
            }

            try
            {
                int length = extents[end - 1].Offset + extents[end - 1].Length - extents[start].Offset;
                if (end - start == 1)
                {
                    Verify(segment, extents[start], target[..length], segment.File.Read(target[..length], extents[start].Offset));
                    target = Advance(target, length);
                }
                else
                {
                    run = run.Length >= length ? run : new byte[Math.Max(length, 64 << 10)];
                    int read = segment.File.Read(run.AsSpan(0, length), extents[start].Offset);
                    target = Scatter(segment, extents[start..end], run.AsSpan(0, read), target);
                }
            }
            finally
            {
                journal.Unpin(segment);
            }

            start = end;
        }

        return true;
    }

    private static int EndOfRun(ReadOnlySpan<Extent> extents, int start)
    {
        int end = start + 1;
        while (end < extents.Length
            && extents[end].Segment == extents[start].Segment
            && extents[end].Offset - (extents[end - 1].Offset + extents[end - 1].Length) <= MaxGap
            && extents[end].Offset + extents[end].Length - extents[start].Offset <= MaxRun)
        {
            end++;
        }

        return end;
    }

    private static Span<byte> Scatter(JournalSegment segment, ReadOnlySpan<Extent> extents, ReadOnlySpan<byte> run, Span<byte> target)
    {
        foreach (Extent extent in extents)
        {
            int offset = extent.Offset - extents[0].Offset;
            ReadOnlySpan<byte> bytes = run[Math.Min(offset, run.Length)..Math.Min(offset + extent.Length, run.Length)];
            Verify(segment, extent, bytes, bytes.Length);
            bytes.CopyTo(target);
            target = Advance(target, bytes.Length);
        }

        return target;
    }

    /// <summary>Steps behind a piece and puts the comma before the next.</summary>
    private static Span<byte> Advance(Span<byte> target, int length)
    {
        if (length == target.Length)
        {
            return [];
        }

        target[length] = (byte)',';
        return target[(length + 1)..];
    }

    private static void Verify(JournalSegment segment, Extent extent, ReadOnlySpan<byte> bytes, int read)
    {
        if (read < extent.Length || Crc32C.Of(bytes) != extent.Checksum)
        {
            throw new StoreDamagedException(
                $"{segment.File.Path} (segment {segment.Number} of the journal) no longer holds at byte {extent.Offset} what was written there.");
        }
    }
}
