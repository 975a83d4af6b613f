using System.Text.Json;
using AgentSessions.Load;

namespace AgentSessions.Cli.Loads;

/// <summary>What a load test came to, for programs. Durations are in milliseconds.</summary>
internal static class LoadJson
{
    public static void Write(Utf8JsonWriter json, LoadResult result)
    {
        json.WriteStartObject();
        json.WriteNumber("measuredMs", result.Window.TotalMilliseconds);
        json.WriteNumber("chunks", result.Chunks);
        json.WriteNumber("chunksPerSecond", Math.Round(result.ChunksPerSecond, 1));
        json.WriteNumber("turns", result.Turns);
        json.WriteNumber("bytes", result.Bytes);
        json.WriteNumber("refused", result.Refused);
        json.WriteStartObject("latencyMs");
        foreach ((string name, LatencySummary latency) in LoadSummary.Latencies(result))
        {
            json.WriteStartObject(name == "first chunk" ? "firstChunk" : name);
            json.WriteNumber("count", latency.Count);
            json.WriteNumber("p50", latency.P50.TotalMilliseconds);
            json.WriteNumber("p90", latency.P90.TotalMilliseconds);
            json.WriteNumber("p99", latency.P99.TotalMilliseconds);
            json.WriteNumber("max", latency.Max.TotalMilliseconds);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteStartObject("order");
        json.WriteNumber("lost", result.Order.Lost);
        json.WriteNumber("repeated", result.Order.Repeated);
        json.WriteNumber("reordered", result.Order.Reordered);
        json.WriteEndObject();
        json.WriteStartObject("errors");
        foreach ((string kind, long count) in result.Errors)
        {
            json.WriteNumber(kind, count);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }
}
