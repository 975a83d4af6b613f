namespace AgentSessions.Protocol.Records;

/// <summary>A place in a stream, just after a record: the sequence number that the next record there has.</summary>
/// <remarks>
/// Compare cursors of one stream and hand them back; a cursor of another stream means nothing. Sequence numbers start at 0 and
/// never restart, so <see cref="Start"/> is before the first record. On the wire a cursor is written as the last sequence seen
/// (<c>Last-Event-ID</c>), which is one less.
/// </remarks>
/// <param name="Value">The next sequence number, 0 or more.</param>
public readonly record struct Cursor(long Value) : IComparable<Cursor>
{
    /// <summary>Before the first record of a stream.</summary>
    public static readonly Cursor Start = new(0);

    /// <summary>The sequence number of the record just before this place; -1 at <see cref="Start"/>.</summary>
    public long LastSequence => Value - 1;

    /// <summary>The place just after the record with this sequence number.</summary>
    public static Cursor After(long sequence) => new(sequence + 1);

    /// <inheritdoc/>
    public int CompareTo(Cursor other) => Value.CompareTo(other.Value);

    public static bool operator <(Cursor left, Cursor right) => left.Value < right.Value;

    public static bool operator >(Cursor left, Cursor right) => left.Value > right.Value;

    public static bool operator <=(Cursor left, Cursor right) => left.Value <= right.Value;

    public static bool operator >=(Cursor left, Cursor right) => left.Value >= right.Value;

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}
