using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentSessions.Protocol.UI;

/// <summary>Writes JSON values as they came; the framework's own converter throws on lone surrogates.</summary>
internal sealed class RawJsonElementConverter : JsonConverter<JsonElement>
{
    public override JsonElement Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JsonElement.ParseValue(ref reader);

    public override void Write(Utf8JsonWriter writer, JsonElement value, JsonSerializerOptions options)
    {
        var buffer = new ArrayBufferWriter<byte>();
        JsonText.WriteElement(buffer, value);
        writer.WriteRawValue(buffer.WrittenSpan, skipInputValidation: true);
    }
}
