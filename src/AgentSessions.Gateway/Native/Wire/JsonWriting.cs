using System.Text.Json;

namespace AgentSessions.Gateway.Native.Wire;

/// <summary>Writes values in the forms that the wire document asks for.</summary>
internal static class JsonWriting
{
    public static void WriteMoment(this Utf8JsonWriter json, ReadOnlySpan<byte> name, DateTimeOffset? moment) =>
        json.WriteString(name, moment is { } value ? WireText.Moment(value) : null);

    /// <summary>Stored JSON, or null.</summary>
    public static void WriteRaw(this Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(value ?? "null", skipInputValidation: true);
    }

    public static void WriteTexts(this Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }
}
