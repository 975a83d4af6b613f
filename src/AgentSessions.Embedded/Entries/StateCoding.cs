using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;

namespace AgentSessions.Embedded.Entries;

/// <summary>The stored form of a put or removed state, with the version it got.</summary>
internal static class StateCoding
{
    private const byte Form = 1;
    private const byte HasValue = 1;
    private const byte HasOwner = 2;

    public static void Write(ByteWriter writer, StatePut put, long version)
    {
        writer.Byte(Form);
        writer.Text(put.Key.Environment);
        writer.Text(put.Key.Space);
        writer.Text(put.Key.Name);
        writer.Number(version);
        writer.Byte((byte)((put.Value is null ? 0 : HasValue) | (put.Owner is null ? 0 : HasOwner)));
        if (put.Owner is { } owner)
        {
            writer.Text(owner.Environment);
            writer.Text(owner.Key);
        }

        if (put.Value is { } value)
        {
            writer.Bytes(value.Span);
        }
    }

    public static (StatePut Put, long Version) Read(ref ByteReader reader)
    {
        StoredForm.Require(reader.Byte(), Form);
        var key = new StateKey(reader.Text(), reader.Text(), reader.Text());
        long version = reader.Number();
        byte flags = reader.Byte();
        SessionKey? owner = (flags & HasOwner) != 0 ? new SessionKey(reader.Text(), reader.Text()) : null;
        ReadOnlyMemory<byte>? value = (flags & HasValue) != 0 ? reader.Bytes().ToArray() : (ReadOnlyMemory<byte>?)null;
        return (new StatePut(key, value, owner), version);
    }
}
