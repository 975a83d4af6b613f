using System.Text;
using AgentSessions.Embedded.Files;
using AgentSessions.Embedded.Journal;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentSessions.Embedded.Tests.Journal;

/// <summary>A journal by itself, with groups of text.</summary>
internal sealed class JournalFixture : IDisposable
{
    public const int SegmentBytes = 8 << 10;

    private readonly TestDirectory _directory = new();
    private readonly bool _flushGroups;

    public JournalFixture(bool flushGroups = true)
    {
        _flushGroups = flushGroups;
        Directory.CreateDirectory(Path);
        Log = JournalRecovery.Create(Settings());
    }

    public string Path => _directory.Path;

    public JournalLog Log { get; set; }

    public DiskProbe? Probe { get; set; }

    public JournalSettings Settings(string? directory = null) => new(
        directory ?? Path, SegmentBytes, SpareSegments: 4, _flushGroups, (operation, path, bytes) => Probe?.Invoke(operation, path, bytes));

    public FramePlace Append(string text) => Append(Log, text);

    public static FramePlace Append(JournalLog log, string text)
    {
        FramePlace place = log.Append(new byte[FrameHeader.Size + Encoding.UTF8.GetByteCount(text)].Fill(text));
        log.MarkApplied();
        return place;
    }

    /// <summary>Closes without a word, as a crash does.</summary>
    public void Crash() => Log.Dispose();

    /// <summary>The groups that a start after a crash finds.</summary>
    public List<string> Recover(string? directory = null, JournalPosition? from = null)
    {
        using JournalLog log = Open(out List<string> groups, directory, from);
        return groups;
    }

    public JournalLog Open(out List<string> groups, string? directory = null, JournalPosition? from = null)
    {
        var found = new List<string>();
        groups = found;
        return JournalRecovery.Open(
            Settings(directory), from ?? JournalPosition.Start, frame => found.Add(Encoding.UTF8.GetString(frame.Payload.Span)), NullLogger.Instance);
    }

    public void Dispose()
    {
        Log.Dispose();
        _directory.Dispose();
    }
}

internal static class FrameText
{
    public static byte[] Fill(this byte[] frame, string text)
    {
        Encoding.UTF8.GetBytes(text, frame.AsSpan(FrameHeader.Size));
        return frame;
    }
}
