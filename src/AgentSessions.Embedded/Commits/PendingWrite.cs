using AgentSessions.Embedded.Entries;
using AgentSessions.Embedded.Journal;

namespace AgentSessions.Embedded.Commits;

/// <summary>A write on its way through the writer: judged, written with its group, made visible, answered.</summary>
/// <remarks>The writer's thread calls everything here, in this order.</remarks>
internal abstract class PendingWrite
{
    /// <summary>Whether it is a group of its own, because it changes what others in the group would be judged by.</summary>
    public virtual bool IsAlone => false;

    /// <summary>Judges the write by what is stored and by the writes before it in the group.</summary>
    /// <returns>Whether there is something to write.</returns>
    public abstract bool Judge(GroupContext group);

    /// <summary>Writes the entry.</summary>
    /// <param name="writer">The group's bytes.</param>
    /// <param name="start">Where they start.</param>
    public abstract void Write(ByteWriter writer, int start);

    /// <summary>Makes a write that was judged good visible, once the group is durable.</summary>
    public abstract void Apply(FramePlace place);

    /// <summary>Answers the caller.</summary>
    public abstract void Complete();

    /// <summary>Tells the caller that nothing is known of the write.</summary>
    public abstract void Fail(Exception exception);
}

/// <summary>What the writes of one group share.</summary>
internal sealed class GroupContext(long lastSession)
{
    /// <summary>The group's number: what was judged under another one no longer holds.</summary>
    public long Group { get; private set; }

    /// <summary>The number of the session made last.</summary>
    public long LastSession { get; set; } = lastSession;

    public void Begin() => Group++;
}
