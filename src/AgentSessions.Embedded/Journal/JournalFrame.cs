namespace AgentSessions.Embedded.Journal;

/// <summary>A group found on disk.</summary>
/// <param name="Place">Where.</param>
/// <param name="Payload">Its bytes; they are used again after the call that brings them.</param>
internal readonly record struct JournalFrame(FramePlace Place, ReadOnlyMemory<byte> Payload);
