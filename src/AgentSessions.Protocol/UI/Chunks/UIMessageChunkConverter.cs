using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentSessions.Protocol.UI;

/// <summary>Reads and writes chunks; the open <c>data-*</c> names rule out attribute discriminators.</summary>
internal sealed class UIMessageChunkConverter : JsonConverter<UIMessageChunk>
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsAssignableTo(typeof(UIMessageChunk));

    public override UIMessageChunk Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var chunk = UIMessageChunkReader.Read(JsonElement.ParseValue(ref reader));
        return typeToConvert.IsInstanceOfType(chunk)
            ? chunk
            : throw new JsonException($"A chunk of type \"{chunk.Type}\" is not a {typeToConvert.Name}.");
    }

    public override void Write(Utf8JsonWriter writer, UIMessageChunk value, JsonSerializerOptions options)
    {
        var buffer = new ArrayBufferWriter<byte>();
        UIMessageChunkWriter.Write(value, buffer);
        writer.WriteRawValue(buffer.WrittenSpan, skipInputValidation: true);
    }
}
