using System.Buffers;
using System.Text.Json;

namespace AgentSessions.Protocol.UI;

/// <summary>Deep merge of JSON objects, as readers merge message metadata.</summary>
internal static class JsonMerge
{
    /// <summary>Objects merge field by field; everything else, arrays included, is replaced.</summary>
    /// <returns>The base if there is nothing to merge (absent or null).</returns>
    public static JsonElement? Merge(JsonElement? target, JsonElement? source)
    {
        if (source is not { ValueKind: not JsonValueKind.Null } overrides)
        {
            return target;
        }

        if (target is not { ValueKind: JsonValueKind.Object } existing || overrides.ValueKind != JsonValueKind.Object)
        {
            return overrides;
        }

        var output = new ArrayBufferWriter<byte>();
        Write(output, existing, overrides);
        return JsonElement.Parse(output.WrittenSpan);
    }

    private static void Write(IBufferWriter<byte> output, JsonElement target, JsonElement source)
    {
        var fields = new OrderedDictionary<string, (JsonElement Value, JsonElement? Override)>();
        foreach (var field in target.EnumerateObject())
        {
            fields[JsonStrings.Name(field)] = (field.Value, null);
        }

        foreach (var field in source.EnumerateObject())
        {
            string name = JsonStrings.Name(field);
            // JavaScript readers skip these names, which could reach the prototype; both sides must agree.
            if (name is "__proto__" or "constructor" or "prototype")
            {
                continue;
            }

            bool nested = fields.TryGetValue(name, out var existing)
                && existing.Value.ValueKind == JsonValueKind.Object
                && field.Value.ValueKind == JsonValueKind.Object;
            fields[name] = nested ? (existing.Value, field.Value) : (field.Value, null);
        }

        output.Write("{"u8);
        string separator = "";
        foreach (var (name, field) in fields)
        {
            output.Write(separator.Length == 0 ? default : ","u8);
            separator = ",";
            JsonText.WriteString(output, name);
            output.Write(":"u8);
            if (field.Override is { } nestedSource)
            {
                Write(output, field.Value, nestedSource);
            }
            else
            {
                JsonText.WriteElement(output, field.Value);
            }
        }

        output.Write("}"u8);
    }
}
