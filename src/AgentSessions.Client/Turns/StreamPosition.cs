using AgentSessions.Protocol.Records;

namespace AgentSessions.Client.Turns;

/// <summary>Where a follower is in a stream, so that over any number of windows each record passes once.</summary>
/// <remarks>
/// A server clamps a cursor beyond its tail (wire document, section 5.2), which happens when a store was restored from a backup: what
/// comes then has lower numbers and later times than what was seen. A node that is behind may also clamp, and repeats what was seen:
/// same numbers, same times. Within one window numbers only rise.
/// </remarks>
internal sealed class StreamPosition(Cursor next)
{
    private long _newest = -1;
    private bool _isFirstOfWindow = true;

    /// <summary>The sequence wanted next.</summary>
    public Cursor Next { get; private set; } = next;

    public void OpenWindow() => _isFirstOfWindow = true;

    /// <summary>Whether a record is news; if so, moves past it.</summary>
    public bool Accept(StreamRecord record)
    {
        bool wentBack = _isFirstOfWindow && record.Sequence < Next.Value && record.Timestamp > _newest;
        if (record.Sequence < Next.Value && !wentBack)
        {
            return false;
        }

        _isFirstOfWindow = false;
        Next = Cursor.After(record.Sequence);
        _newest = Math.Max(_newest, record.Timestamp);
        return true;
    }
}
