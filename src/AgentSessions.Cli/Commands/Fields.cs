using System.Text.Json;
using AgentSessions.Cli.Terminals;

namespace AgentSessions.Cli.Commands;

/// <summary>Shows one object: its fields one a line, or as it came.</summary>
internal static class Fields
{
    public static void Write(TextWriter writer, JsonElement row, bool asJson)
    {
        if (asJson)
        {
            writer.WriteJson(row);
            return;
        }

        JsonProperty[] fields = [.. row.EnumerateObject().Where(static field => field.Value.ValueKind != JsonValueKind.Null)];
        int width = fields.Length == 0 ? 0 : fields.Max(static field => field.Name.Length);
        foreach (JsonProperty field in fields)
        {
            string value = field.Value.ValueKind == JsonValueKind.String ? field.Value.GetString()! : field.Value.GetRawText();
            writer.WriteLine($"{field.Name.PadRight(width)}  {PlainText.Safe(value)}");
        }
    }

    /// <summary>Says that something was done: in a word, or with the server's answer.</summary>
    public static void WriteDone(TextWriter writer, JsonElement answer, bool asJson, string word)
    {
        if (!asJson)
        {
            writer.WriteLine(word);
        }
        else if (answer.ValueKind == JsonValueKind.Object)
        {
            writer.WriteJson(answer);
        }
        else
        {
            writer.WriteJson(json =>
            {
                json.WriteStartObject();
                json.WriteBoolean(word, true);
                json.WriteEndObject();
            });
        }
    }
}
