using System.Text.Json;

namespace AgentSessions.Cli.Connections;

/// <summary>A record as a stream's reader gets it.</summary>
/// <param name="Sequence">Its number.</param>
/// <param name="Timestamp">When it was made, in Unix milliseconds; 0 where the server does not say.</param>
/// <param name="Data">What it holds; undefined for a control record.</param>
/// <param name="Headers">Names and values, one string pair each; empty for data.</param>
internal sealed record TailedRecord(long Sequence, long Timestamp, JsonElement Data, IReadOnlyList<(string Name, string Value)> Headers)
{
    /// <summary>The control subtype; null for data.</summary>
    public string? Control => Headers.FirstOrDefault(static header => header.Name == "trigger-control").Value;

    /// <summary>A command to the store, which readers pass over.</summary>
    public bool IsCommand => Headers is [{ Name: "" }, ..];

    /// <summary>Reads a record of an event stream's batch.</summary>
    public static TailedRecord OfBatch(JsonElement record)
    {
        string body = record.Text("body") ?? "";
        JsonElement data = default;
        if (body.Length > 0)
        {
            data = JsonDocument.Parse(body).RootElement;
            data = data.Field("data") ?? data;
        }

        return new TailedRecord(record.GetProperty("seq_num").GetInt64(), record.GetProperty("timestamp").GetInt64(), data, HeadersOf(record));
    }

    /// <summary>Reads a record of the <c>records</c> endpoint.</summary>
    public static TailedRecord OfPage(JsonElement record) =>
        new(record.GetProperty("seqNum").GetInt64(), 0, record.Field("data") ?? default, HeadersOf(record));

    private static (string, string)[] HeadersOf(JsonElement record) =>
        [.. record.Items("headers").Select(static pair => (pair[0].GetString() ?? "", pair[1].GetString() ?? ""))];
}
