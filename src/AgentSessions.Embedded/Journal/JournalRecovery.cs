using AgentSessions.Core.Storage;
using AgentSessions.Embedded.Files;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Embedded.Journal;

/// <summary>Opens a journal: replays what counts from a place on and tells a write that was cut short from damage.</summary>
/// <remarks>
/// <list type="number">
/// <item>The chain of segments is followed from the checkpoint by number; a missing one is damage.</item>
/// <item>Within a segment every frame must be sound and carry the next sequence.</item>
/// <item>A roll frame leads to the next segment, which must then exist; so does a header that supersedes the rest of a segment.</item>
/// <item>Anything else ends the journal. If a sound later frame follows in the segment, or a later segment was written to, it was damage;
/// else the last write was cut short before anybody was told of it, and is dropped.</item>
/// <item>Where groups are not flushed, a loss of power may leave gaps in the last segment: what follows the first one is dropped.</item>
/// <item>What is given out is flushed before it is used: a process that was killed may have left it unflushed. The last frame is written again
/// before, for if its flush failed the system takes it for written.</item>
/// </list>
/// </remarks>
internal sealed partial class JournalRecovery
{
    private readonly JournalSettings _settings;
    private readonly JournalFiles _files;
    private readonly Action<JournalFrame> _apply;
    private readonly ILogger _logger;
    private readonly List<JournalSegment> _segments = [];
    private long _sequence;
    private (DataFile? File, long Offset, ReadOnlyMemory<byte> Bytes) _lastFrame;

    private JournalRecovery(JournalSettings settings, JournalFiles files, Action<JournalFrame> apply, ILogger logger)
    {
        _settings = settings;
        _files = files;
        _apply = apply;
        _logger = logger;
    }

    /// <summary>Opens a journal that has been written to.</summary>
    /// <param name="settings">How it works.</param>
    /// <param name="from">The checkpoint.</param>
    /// <param name="apply">Called for every group in order. Nobody may see them before this returns.</param>
    /// <param name="logger">Is told what was dropped behind a gap.</param>
    /// <exception cref="StoreDamagedException">What was acknowledged cannot be read.</exception>
    public static JournalLog Open(JournalSettings settings, JournalPosition from, Action<JournalFrame> apply, ILogger logger)
    {
        var files = JournalFiles.Open(settings);
        var recovery = new JournalRecovery(settings, files, apply, logger);
        try
        {
            recovery.Follow(from);
            recovery.Flush();
            var spares = new SpareFiles(settings);
            files.MoveTo(spares);
            return new JournalLog(settings, spares, recovery._segments, recovery._sequence);
        }
        catch
        {
            files.Close();
            recovery._segments.ForEach(static segment => segment.File.Dispose());
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
            throw JournalFiles.Orphaned(settings.Directory);
        }

        var spares = new SpareFiles(settings);
        files.MoveTo(spares);
        return new JournalLog(settings, spares, [spares.Take(1, settings.SegmentBytes, supersedes: 0, JournalPosition.Start.Sequence)], 1);
    }

    private void Follow(JournalPosition from)
    {
        _sequence = from.Sequence;
        for (long number = from.Segment; ; number++)
        {
            JournalSegment segment = _files.Take(number, _sequence) ?? throw new StoreDamagedException(
                $"Segment {number} of the journal is missing. Put its file back, or restore the store from a backup.");
            _segments.Add(segment);
            segment.End = number == from.Segment ? from.Offset : SegmentHeader.FirstFrame;
            if (!Replay(segment))
            {
                return;
            }
        }
    }

    /// <returns>Whether the journal goes on in the next segment.</returns>
    private bool Replay(JournalSegment segment)
    {
        byte[] bytes = new byte[segment.Header.Size];
        segment.File.Read(bytes, 0);
        long limit = _files.LimitOf(segment.Number);
        while (_sequence < limit)
        {
            if (!FrameHeader.TryRead(bytes.AsSpan((int)segment.End), segment.Header.Salt, out FrameHeader frame) || frame.Sequence != _sequence)
            {
                EndAt(segment, bytes);
                return false;
            }

            _lastFrame = (segment.File, segment.End, bytes.AsMemory((int)segment.End, FrameHeader.Size + frame.Length));
            var place = new FramePlace(segment.Number, segment.End + FrameHeader.Size, _sequence);
            segment.End += FrameHeader.FrameSize(frame.Length);
            _sequence++;
            if (frame.Kind == FrameKind.Roll)
            {
                return true;
            }

            if (frame.Kind == FrameKind.Group)
            {
                _apply(new JournalFrame(place, bytes.AsMemory((int)place.Offset, frame.Length)));
            }
        }

        return true;
    }

    private void Flush()
    {
        _lastFrame.File?.Write(_lastFrame.Bytes.Span, _lastFrame.Offset);
        _segments.ForEach(static segment => segment.File.Flush());
    }

    /// <summary>Ends the journal behind the last frame that was read, unless more was acknowledged.</summary>
    private void EndAt(JournalSegment segment, ReadOnlySpan<byte> bytes)
    {
        bool isLast = !_files.WereWrittenBehind(segment.Number) && _files.LimitOf(segment.Number) == long.MaxValue;
        bool hasGap = HasLaterFrame(bytes, segment, _sequence);
        if (!isLast || (hasGap && _settings.FlushGroups))
        {
            throw new StoreDamagedException(
                $"{segment.File.Path} (segment {segment.Number} of the journal) is damaged at byte {segment.End}: frame {_sequence} is not "
                + "readable, and later ones are. What was acknowledged would be lost; restore the file or the store from a backup.");
        }

        if (hasGap)
        {
            // They would come back behind the frame that takes this place.
            segment.File.Zero(segment.End, segment.Header.Size);
            LogGap(_logger, segment.File.Path, segment.End);
        }
    }

    private static bool HasLaterFrame(ReadOnlySpan<byte> bytes, JournalSegment segment, long sequence)
    {
        uint salt = segment.Header.Salt;
        for (long offset = segment.End + FrameHeader.Alignment; offset <= bytes.Length - FrameHeader.Size; offset += FrameHeader.Alignment)
        {
            if (FrameHeader.TryRead(bytes[(int)offset..], salt, out FrameHeader frame) && frame.Sequence > sequence)
            {
                return true;
            }
        }

        return false;
    }

    [LoggerMessage(
        3020,
        LogLevel.Warning,
        "The last commits before a loss of power are gone, as Durability Normal permits: {Path} has a gap at byte {Offset}, and what followed it was dropped")]
    private static partial void LogGap(ILogger logger, string path, long offset);
}
