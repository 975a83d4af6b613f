using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentSessions.Gateway.Webhooks;

/// <summary>Writes times with <c>Z</c>, as all answers have them; reads those with an offset as well.</summary>
internal sealed class UtcTimeConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(value.UtcDateTime);
}
