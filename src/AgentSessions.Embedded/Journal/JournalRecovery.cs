using AgentSessions.Core.Storage;

namespace AgentSessions.Embedded.Journal;

/// <summary>Opens a journal: replays what counts from a place on and tells a write that was cut short from damage.</summary>
/// <remarks>
/// <list type="number">
/// <item>The chain of segments is followed from the checkpoint by number; a missing one is damage.</item>
/// <item>Within a segment every frame must be sound and carry the next sequence.</item>
/// <item>A roll frame leads to the next segment, which must then exist; so does a header that supersedes the rest of a segment.</item>
/// <item>Anything else ends the journal. If a sound later frame follows in the segment, it was damage; else the last write was cut short
/// before anybody was told of it, and is dropped.</item>
/// </list>
/// </remarks>
internal static class JournalRecovery
{
    /// <summary>Opens a journal that has been written to.</summary>
    /// <param name="settings">How it works.</param>
    /// <param name="from">The checkpoint.</param>
    /// <param name="apply">Called for every group in order.</param>
    /// <exception cref="StoreDamagedException">What was acknowledged cannot be read.</exception>
    public static JournalLog Open(JournalSettings settings, JournalPosition from, Action<JournalFrame> apply)
    {
        var files = JournalFiles.Open(settings);
        var segments = new List<Segment>();
        try
        {
            long sequence = Follow(files, from, segments, apply);
            var spares = new SpareFiles(settings);
            files.MoveTo(spares);
            return new JournalLog(settings, spares, segments, sequence);
        }
        catch
        {
            files.Close();
            segments.ForEach(segment => segment.File.Dispose());
            throw;
        }
    }

    /// <summary>Starts a journal in a directory that holds none.</summary>
    /// <exception cref="StoreDamagedException">It holds one.</exception>
    public static JournalLog Create(JournalSettings settings)
    {
        var files = JournalFiles.Open(settings);
        if (files.HoldGroups)
        {
            files.Close();
            throw new StoreDamagedException(
                $"{settings.Directory} holds a journal but not the database it belongs to. Restore the database file, or move the journal away.");
        }

        var spares = new SpareFiles(settings);
        files.MoveTo(spares);
        return new JournalLog(settings, spares, [spares.Take(1, settings.SegmentBytes, supersedes: 0, JournalPosition.Start.Sequence)], 1);
    }

    private static long Follow(JournalFiles files, JournalPosition from, List<Segment> segments, Action<JournalFrame> apply)
    {
        long sequence = from.Sequence;
        for (long number = from.Segment; ; number++)
        {
            Segment segment = files.Take(number, sequence) ?? throw new StoreDamagedException(
                $"Segment {number} of the journal is missing. Put its file back, or restore the store from a backup.");
            segments.Add(segment);
            segment.End = number == from.Segment ? from.Offset : SegmentHeader.FirstFrame;
            if (!ReplaySegment(segment, files.LimitOf(number), ref sequence, apply))
            {
                return sequence;
            }
        }
    }

    /// <returns>Whether the journal goes on in the next segment.</returns>
    private static bool ReplaySegment(Segment segment, long limit, ref long sequence, Action<JournalFrame> apply)
    {
        byte[] bytes = new byte[segment.Header.Size];
        segment.File.Read(bytes, 0);
        while (sequence < limit)
        {
            if (!FrameHeader.TryRead(bytes.AsSpan((int)segment.End), segment.Header.Salt, out FrameHeader frame) || frame.Sequence != sequence)
            {
                if (limit < long.MaxValue || HasLaterFrame(bytes, segment, sequence))
                {
                    throw new StoreDamagedException(
                        $"{segment.File.Path} (segment {segment.Number} of the journal) is damaged at byte {segment.End}: frame {sequence} is not "
                        + "readable, and later ones are. What was acknowledged would be lost; restore the file or the store from a backup.");
                }

                return false;
            }

            var place = new FramePlace(segment.Number, segment.End + FrameHeader.Size, sequence);
            segment.End += FrameHeader.FrameSize(frame.Length);
            sequence++;
            if (frame.Kind == FrameKind.Roll)
            {
                return true;
            }

            if (frame.Kind == FrameKind.Group)
            {
                apply(new JournalFrame(place, bytes.AsMemory((int)place.Offset, frame.Length)));
            }
        }

        return true;
    }

    private static bool HasLaterFrame(byte[] bytes, Segment segment, long sequence)
    {
        uint salt = segment.Header.Salt;
        for (long offset = segment.End + FrameHeader.Alignment; offset <= bytes.Length - FrameHeader.Size; offset += FrameHeader.Alignment)
        {
            if (FrameHeader.TryRead(bytes.AsSpan((int)offset), salt, out FrameHeader frame) && frame.Sequence > sequence)
            {
                return true;
            }
        }

        return false;
    }
}
