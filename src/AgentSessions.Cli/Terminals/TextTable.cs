namespace AgentSessions.Cli.Terminals;

/// <summary>Rows in columns, each as wide as its longest cell.</summary>
/// <param name="headings">One for each column.</param>
internal sealed class TextTable(params string[] headings)
{
    private const int MaxCell = 60;

    private readonly List<string[]> _rows = [headings];

    public bool IsEmpty => _rows.Count == 1;

    /// <summary>Adds a row with as many cells as there are headings; null is shown as a dash.</summary>
    public void Add(params string?[] cells) => _rows.Add([.. cells.Select(static cell => PlainText.Line(cell ?? "-", MaxCell))]);

    public void WriteTo(TextWriter writer)
    {
        int[] widths = [.. Enumerable.Range(0, headings.Length).Select(column => _rows.Max(row => row[column].Length))];
        foreach (string[] row in _rows)
        {
            writer.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }
    }
}
