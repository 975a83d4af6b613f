using System.Text;

namespace AgentSessions.Benchmarks.Report;

/// <summary>Tables for a terminal and for Markdown.</summary>
internal static class TextTable
{
    /// <summary>One row with cells padded to given widths; a longer cell pushes the rest.</summary>
    public static string Row(IReadOnlyList<string> cells, IReadOnlyList<int> widths) =>
        string.Join("  ", cells.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd();

    /// <summary>A table with columns as wide as their widest cell.</summary>
    public static string Text(IReadOnlyList<string> columns, IReadOnlyList<string[]> rows)
    {
        int[] widths = [.. columns.Select((name, column) => rows.Select(row => row[column].Length).Append(name.Length).Max())];
        StringBuilder text = new();
        text.AppendLine(Row(columns, widths));
        text.AppendLine(Row([.. widths.Select(width => new string('-', width))], widths));
        foreach (string[] row in rows)
        {
            text.AppendLine(Row(row, widths));
        }

        return text.ToString();
    }

    public static string Markdown(IReadOnlyList<string> columns, IReadOnlyList<string[]> rows)
    {
        StringBuilder text = new();
        text.AppendLine($"| {string.Join(" | ", columns)} |");
        text.AppendLine($"|{string.Concat(columns.Select(_ => "---|"))}");
        foreach (string[] row in rows)
        {
            text.AppendLine($"| {string.Join(" | ", row.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal)))} |");
        }

        return text.ToString();
    }
}
