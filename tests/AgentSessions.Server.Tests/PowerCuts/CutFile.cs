namespace AgentSessions.Server.Tests.PowerCuts;

/// <summary>A file's content: what is durable for certain, and what was done to it since.</summary>
internal sealed class CutFile(byte[] content)
{
    private readonly List<Change> _changes = [];
    private byte[] _content = content;

    public void Write(long offset, ReadOnlySpan<byte> bytes) => _changes.Add(new Change(offset, bytes.ToArray()));

    public void Resize(long length) => _changes.Add(new Change(length, null));

    /// <summary>A flush begins.</summary>
    /// <returns>Ends it. What was done before it is durable then; or, if it failed, no later flush makes it so: the system takes it for written.</returns>
    public Action<bool> BeginFlush()
    {
        Change[] done = [.. _changes.Where(static change => change.State == ChangeState.Written)];
        return isFlushed =>
        {
            foreach (Change change in done)
            {
                change.State = isFlushed ? ChangeState.Durable : ChangeState.GivenUp;
            }

            int durable = _changes.TakeWhile(static change => change.State == ChangeState.Durable).Count();
            _changes.Take(durable).ToList().ForEach(change => change.Apply(ref _content));
            _changes.RemoveRange(0, durable);
        };
    }

    /// <summary>The content after the power was cut.</summary>
    /// <param name="random">Chooses.</param>
    /// <param name="kept">The share of sectors that reached the disk.</param>
    /// <param name="sector">Bytes that are written as a whole.</param>
    /// <param name="lost">Counts the sectors that did not.</param>
    public byte[] Cut(Random random, double kept, int sector, ref int lost)
    {
        byte[] content = [.. _content];
        foreach (Change change in _changes)
        {
            if (change.State == ChangeState.Durable)
            {
                change.Apply(ref content);
                continue;
            }

            foreach (Change part in change.Parts(sector))
            {
                if (random.NextDouble() < kept)
                {
                    part.Apply(ref content);
                }
                else
                {
                    lost++;
                }
            }
        }

        return content;
    }

    private enum ChangeState
    {
        Written,
        Durable,
        GivenUp,
    }

    /// <summary>A write, or a new length where there are no bytes.</summary>
    private sealed class Change(long offset, byte[]? bytes)
    {
        public ChangeState State { get; set; }

        public void Apply(ref byte[] content)
        {
            if (bytes is null)
            {
                Array.Resize(ref content, (int)offset);
                return;
            }

            if (offset + bytes.Length > content.Length)
            {
                Array.Resize(ref content, (int)offset + bytes.Length);
            }

            bytes.CopyTo(content, offset);
        }

        /// <summary>What of it falls into each sector.</summary>
        public IEnumerable<Change> Parts(int sector)
        {
            if (bytes is null)
            {
                yield return this;
                yield break;
            }

            for (int start = 0; start < bytes.Length;)
            {
                int end = (int)Math.Min(bytes.Length, (((offset + start) / sector) + 1) * sector - offset);
                yield return new Change(offset + start, bytes[start..end]);
                start = end;
            }
        }
    }
}
