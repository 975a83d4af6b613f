using System.Buffers;

namespace AgentSessions.Protocol.UI;

/// <summary>Writes chunks as compact UTF-8 JSON, <c>type</c> first.</summary>
public static class UIMessageChunkWriter
{
    /// <summary>Appends one chunk to the output.</summary>
    /// <remarks>
    /// Allocates nothing beyond what the output does, except for the type name of a data chunk. Never throws for the
    /// contents of a string: a lone surrogate is written as its escape. The result has no line breaks.
    /// </remarks>
    public static void Write(UIMessageChunk chunk, IBufferWriter<byte> output)
    {
        if (chunk is UnknownChunk unknown)
        {
            JsonText.WriteElement(output, unknown.Raw);
            return;
        }

        var json = new JsonObjectWriter(output);
        json.String("type"u8, chunk.Type);
        chunk.WriteFields(ref json);
        json.Extra(chunk.Extra);
        json.End();
    }
}
