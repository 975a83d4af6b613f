using System.Buffers;
using System.Text;
using System.Text.Json;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Protocol.Tests.UI;

/// <summary>Shorthand for JSON in tests.</summary>
internal static class Wire
{
    public static JsonElement Element(string json) => JsonElement.Parse(json);

    public static UIMessageChunk Chunk(string json) => JsonSerializer.Deserialize<UIMessageChunk>(json, UIJson.Options)!;

    public static UIMessagePart Part(string json) => JsonSerializer.Deserialize<UIMessagePart>(json, UIJson.Options)!;

    public static UIMessage Message(string json) => JsonSerializer.Deserialize<UIMessage>(json, UIJson.Options)!;

    public static string Json(UIMessageChunk chunk)
    {
        var buffer = new ArrayBufferWriter<byte>();
        UIMessageChunkWriter.Write(chunk, buffer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public static string Json(UIMessagePart part)
    {
        var buffer = new ArrayBufferWriter<byte>();
        UIMessageWriter.Write(part, buffer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public static string Json(UIMessage message)
    {
        var buffer = new ArrayBufferWriter<byte>();
        UIMessageWriter.Write(message, buffer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
