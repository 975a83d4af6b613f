using System.Text.Json;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;

namespace AgentSessions.Gateway.Native.Transcripts;

/// <summary>The parts that pages and snapshots of a transcript share.</summary>
internal static class TranscriptJson
{
    public static void WriteMessages(Utf8JsonWriter json, IReadOnlyList<StoredMessage> messages)
    {
        json.WriteStartArray("messages"u8);
        foreach (StoredMessage message in messages)
        {
            json.WriteRawValue(message.Json.Span, skipInputValidation: true);
        }

        json.WriteEndArray();
    }

    /// <summary>Where to read the streams on; as text, because the client keeps them so. Absent while there is nothing.</summary>
    public static void WriteCursors(Utf8JsonWriter json, StoredTranscript transcript)
    {
        if (transcript.LastOutSequence >= 0)
        {
            json.WriteString("lastOutEventId"u8, transcript.LastOutSequence.ToString());
        }

        if (transcript.LastInSequence >= 0)
        {
            json.WriteString("lastInEventId"u8, transcript.LastInSequence.ToString());
        }
    }
}
