using AgentSessions.Core.Sessions;

namespace AgentSessions.Embedded.Entries;

/// <summary>The stored form of a session's row. New fields go to the end under a greater form number; old forms stay readable.</summary>
internal static class RowCoding
{
    private const byte Form = 2;

    public static void Write(ByteWriter writer, SessionRow row)
    {
        writer.Byte(Form);
        writer.Text(row.Key.Environment);
        writer.Text(row.Key.Key);
        writer.Text(row.Id);
        writer.OptionalText(row.ExternalId);
        writer.Text(row.Type);
        writer.Text(row.Agent);
        writer.Text(row.TriggerConfig);
        writer.Texts(row.Tags);
        writer.OptionalText(row.Metadata);
        writer.Time(row.CreatedAt);
        writer.Time(row.UpdatedAt);
        writer.OptionalTime(row.ClosedAt);
        writer.OptionalText(row.ClosedReason);
        writer.OptionalTime(row.ExpiresAt);
        writer.OptionalText(row.CurrentRunId);
        writer.Byte(row.HasLiveRun ? (byte)1 : (byte)0);
        writer.Number(row.RunVersion);
        writer.OptionalText(row.HeldBy);
    }

    public static SessionRow Read(ref ByteReader reader)
    {
        byte form = reader.Byte();
        StoredForm.Require(form, Form);
        return new SessionRow
        {
            Key = new SessionKey(reader.Text(), reader.Text()),
            Id = reader.Text(),
            ExternalId = reader.OptionalText(),
            Type = reader.Text(),
            Agent = reader.Text(),
            TriggerConfig = reader.Text(),
            Tags = reader.Texts(),
            Metadata = reader.OptionalText(),
            CreatedAt = reader.Time(),
            UpdatedAt = reader.Time(),
            ClosedAt = reader.OptionalTime(),
            ClosedReason = reader.OptionalText(),
            ExpiresAt = reader.OptionalTime(),
            CurrentRunId = reader.OptionalText(),
            HasLiveRun = reader.Byte() != 0,
            RunVersion = reader.Number(),
            HeldBy = form >= 2 ? reader.OptionalText() : null,
        };
    }
}
