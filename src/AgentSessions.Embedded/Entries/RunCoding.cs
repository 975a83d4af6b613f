using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;

namespace AgentSessions.Embedded.Entries;

/// <summary>The stored form of a run's row; its session is known from where it stands.</summary>
internal static class RunCoding
{
    private const byte Form = 1;

    public static void Write(ByteWriter writer, RunRow run)
    {
        writer.Byte(Form);
        writer.Text(run.Id);
        writer.Number(run.Number);
        writer.Byte((byte)run.Reason);
        writer.Text(run.Agent);
        writer.OptionalText(run.AgentVersion);
        writer.OptionalText(run.PreviousRunId);
        writer.Byte((byte)run.Status);
        writer.Texts(run.Tags);
        writer.Time(run.CreatedAt);
        writer.OptionalTime(run.FinishedAt);
        writer.Signed(run.End is { } end ? (int)end : -1);
        writer.OptionalText(run.Error);
    }

    public static RunRow Read(ref ByteReader reader, SessionKey session)
    {
        StoredForm.Require(reader.Byte(), Form);
        return new RunRow
        {
            Session = session,
            Id = reader.Text(),
            Number = reader.Number(),
            Reason = (RunReason)reader.Byte(),
            Agent = reader.Text(),
            AgentVersion = reader.OptionalText(),
            PreviousRunId = reader.OptionalText(),
            Status = (RunStatus)reader.Byte(),
            Tags = reader.Texts(),
            CreatedAt = reader.Time(),
            FinishedAt = reader.OptionalTime(),
            End = reader.Signed() is var end and >= 0 ? (RunEnd)end : null,
            Error = reader.OptionalText(),
        };
    }
}
