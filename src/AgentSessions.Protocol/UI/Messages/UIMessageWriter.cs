using System.Buffers;

namespace AgentSessions.Protocol.UI;

/// <summary>Writes messages and parts as compact UTF-8 JSON.</summary>
/// <remarks>The same message always gives the same bytes. Never throws for the contents of a string.</remarks>
public static class UIMessageWriter
{
    /// <summary>Appends one message to the output.</summary>
    public static void Write(UIMessage message, IBufferWriter<byte> output)
    {
        var json = new JsonObjectWriter(output);
        json.String("id"u8, message.Id);
        json.String("role"u8, message.Role.WireName());
        json.Json("metadata"u8, message.Metadata);
        json.Name("parts"u8);
        output.Write("["u8);
        for (int i = 0; i < message.Parts.Count; i++)
        {
            output.Write(i == 0 ? default : ","u8);
            Write(message.Parts[i], output);
        }

        output.Write("]"u8);
        json.Extra(message.Extra);
        json.End();
    }

    /// <summary>Appends one part to the output.</summary>
    public static void Write(UIMessagePart part, IBufferWriter<byte> output)
    {
        if (part is UnknownPart unknown)
        {
            JsonText.WriteElement(output, unknown.Raw);
            return;
        }

        var json = new JsonObjectWriter(output);
        json.String("type"u8, part.Type);
        part.WriteFields(ref json);
        json.Extra(part.Extra);
        json.End();
    }
}
