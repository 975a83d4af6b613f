using AgentSessions.Core.Sessions;

namespace AgentSessions.Embedded.Entries;

/// <summary>The stored form of a session's progress.</summary>
internal static class ProgressCoding
{
    private const byte Form = 1;

    public static void Write(ByteWriter writer, SessionProgress progress)
    {
        writer.Byte(Form);
        writer.Signed(progress.ResumeFloor);
        writer.Signed(progress.AppliedThrough);
        writer.Signed(progress.LastBoundary);
        writer.Number(progress.Deaths);
    }

    public static SessionProgress Read(ref ByteReader reader)
    {
        StoredForm.Require(reader.Byte(), Form);
        return new SessionProgress
        {
            ResumeFloor = reader.Signed(),
            AppliedThrough = reader.Signed(),
            LastBoundary = reader.Signed(),
            Deaths = reader.Count(),
        };
    }
}
