using System.Globalization;
using AgentSessions.Cli.Terminals;
using AgentSessions.Load;

namespace AgentSessions.Cli.Loads;

/// <summary>What a load test came to, for people.</summary>
internal static class LoadSummary
{
    public static void Write(TextWriter writer, LoadResult result)
    {
        writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"measured   {result.Window.TotalSeconds:0.0} s"));
        writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"chunks     {result.Chunks:N0} ({result.ChunksPerSecond:N0}/s)"));
        writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"turns      {result.Turns:N0}"));
        writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"received   {result.Bytes / 1e6:N1} MB"));
        var table = new TextTable("LATENCY", "COUNT", "P50", "P90", "P99", "MAX");
        foreach ((string name, LatencySummary latency) in Latencies(result))
        {
            table.Add(
                name,
                latency.Count.ToString("N0", CultureInfo.InvariantCulture),
                DurationText.Show(latency.P50),
                DurationText.Show(latency.P90),
                DurationText.Show(latency.P99),
                DurationText.Show(latency.Max));
        }

        if (!table.IsEmpty)
        {
            writer.WriteLine();
            table.WriteTo(writer);
            writer.WriteLine();
        }

        writer.WriteLine($"order      {(result.Order.None ? "every delta once and in order" : $"{result.Order.Lost} LOST, {result.Order.Repeated} REPEATED, {result.Order.Reordered} REORDERED")}");
        if (result.Refused > 0)
        {
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"refused    {result.Refused:N0} messages for a while"));
        }

        writer.WriteLine($"errors     {(result.Errors.Count == 0 ? "none" : string.Join(", ", result.Errors.Select(static error => $"{error.Value} x {error.Key}")))}");
    }

    /// <summary>Those that this kind of load has.</summary>
    public static IEnumerable<(string Name, LatencySummary Latency)> Latencies(LoadResult result) =>
        new[] { ("append", result.Append), ("first chunk", result.FirstChunk), ("turn", result.Turn), ("request", result.Request) }
            .Where(static pair => pair.Item2.Count > 0);
}
