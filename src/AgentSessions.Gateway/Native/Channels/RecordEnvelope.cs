using System.Text;
using System.Text.Json;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Gateway.Native.Channels;

/// <summary>A record's body taken apart: <c>{"data":…,"id":…}</c>.</summary>
/// <param name="Data">The data as raw JSON; an empty string for a control record.</param>
/// <param name="Id">The part id as raw JSON.</param>
internal readonly record struct RecordEnvelope(string Data, string Id)
{
    private const string Empty = "\"\"";

    public static RecordEnvelope Of(StreamRecord record)
    {
        if (record.Body.Length == 0)
        {
            return new RecordEnvelope(Empty, Empty);
        }

        try
        {
            JsonElement body = JsonElement.Parse(Encoding.UTF8.GetBytes(record.Body));
            if (body.ValueKind == JsonValueKind.Object && body.TryGetProperty("data"u8, out JsonElement data))
            {
                return new RecordEnvelope(
                    data.GetRawText(),
                    body.TryGetProperty("id"u8, out JsonElement id) && id.ValueKind == JsonValueKind.String ? id.GetRawText() : Empty);
            }
        }
        catch (JsonException)
        {
        }

        // Written through the sink by somebody who does not wrap: the body is all there is.
        return new RecordEnvelope($"\"{JsonEncodedText.Encode(record.Body)}\"", Empty);
    }
}
