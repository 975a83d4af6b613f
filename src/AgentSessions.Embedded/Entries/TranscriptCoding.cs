using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;

namespace AgentSessions.Embedded.Entries;

/// <summary>The stored form of a change to a transcript.</summary>
internal static class TranscriptCoding
{
    private const byte Form = 1;

    public static void Write(ByteWriter writer, TranscriptDelta delta)
    {
        writer.Byte(Form);
        writer.OptionalText(delta.TruncateAfter);
        writer.Texts(delta.Removes);
        writer.Number(delta.Puts.Count);
        for (int i = 0; i < delta.Puts.Count; i++)
        {
            StoredMessage message = delta.Puts[i];
            writer.Text(message.Id);
            writer.Byte(message.Final ? (byte)1 : (byte)0);
            writer.Bytes(message.Json.Span);
        }

        writer.OptionalText(delta.State);
        WriteOptional(writer, delta.LastOutSequence);
        WriteOptional(writer, delta.LastInSequence);
        writer.Signed(delta.SavedAt);
    }

    public static TranscriptDelta Read(ref ByteReader reader)
    {
        StoredForm.Require(reader.Byte(), Form);
        return new TranscriptDelta
        {
            TruncateAfter = reader.OptionalText(),
            Removes = reader.Texts(),
            Puts = ReadPuts(ref reader),
            State = reader.OptionalText(),
            LastOutSequence = ReadOptional(ref reader),
            LastInSequence = ReadOptional(ref reader),
            SavedAt = reader.Signed(),
        };
    }

    private static List<StoredMessage> ReadPuts(ref ByteReader reader)
    {
        int count = reader.Count();
        var puts = new List<StoredMessage>();
        for (int i = 0; i < count; i++)
        {
            string id = reader.Text();
            bool final = reader.Byte() != 0;
            puts.Add(new StoredMessage(id, reader.Bytes().ToArray(), final));
        }

        return puts;
    }

    private static void WriteOptional(ByteWriter writer, long? value)
    {
        writer.Byte(value is null ? (byte)0 : (byte)1);
        if (value is { } number)
        {
            writer.Signed(number);
        }
    }

    private static long? ReadOptional(ref ByteReader reader) => reader.Byte() == 0 ? null : reader.Signed();
}
