using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentSessions.Protocol.UI;

internal sealed class UIMessageConverter : JsonConverter<UIMessage>
{
    public override UIMessage Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        UIMessageReader.Read(JsonElement.ParseValue(ref reader));

    public override void Write(Utf8JsonWriter writer, UIMessage value, JsonSerializerOptions options)
    {
        var buffer = new ArrayBufferWriter<byte>();
        UIMessageWriter.Write(value, buffer);
        writer.WriteRawValue(buffer.WrittenSpan, skipInputValidation: true);
    }
}

internal sealed class UIMessagePartConverter : JsonConverter<UIMessagePart>
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsAssignableTo(typeof(UIMessagePart));

    public override UIMessagePart Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var part = UIMessageReader.ReadPart(JsonElement.ParseValue(ref reader));
        return typeToConvert.IsInstanceOfType(part)
            ? part
            : throw new JsonException($"A part of type \"{part.Type}\" is not a {typeToConvert.Name}.");
    }

    public override void Write(Utf8JsonWriter writer, UIMessagePart value, JsonSerializerOptions options)
    {
        var buffer = new ArrayBufferWriter<byte>();
        UIMessageWriter.Write(value, buffer);
        writer.WriteRawValue(buffer.WrittenSpan, skipInputValidation: true);
    }
}
