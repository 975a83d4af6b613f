namespace AgentSessions.Benchmarks.Report;

/// <summary>Puts the table and the picture where readers of the repository look.</summary>
internal static class Publication
{
    private const string Start = "<!-- performance: written by the table command -->";
    private const string End = "<!-- end of performance -->";

    /// <summary>Replaces what stands between the marks of the README and writes the documents beside it. A README without marks is left alone.</summary>
    /// <param name="root">The repository's root.</param>
    /// <param name="report">The table.</param>
    /// <param name="picture">The picture, as SVG.</param>
    public static async Task WriteAsync(string root, TableReport report, string picture)
    {
        string images = Directory.CreateDirectory(Path.Combine(root, "docs", "images")).FullName;
        await File.WriteAllTextAsync(Path.Combine(images, "performance.svg"), picture);
        await File.WriteAllTextAsync(Path.Combine(root, "docs", "performance-table.md"), $"# The last measurement\n\n{report.ToMarkdown()}");
        string readme = Path.Combine(root, "README.md");
        string text = await File.ReadAllTextAsync(readme);
        int start = text.IndexOf(Start, StringComparison.Ordinal);
        int end = text.IndexOf(End, StringComparison.Ordinal);
        if (start >= 0 && end > start)
        {
            await File.WriteAllTextAsync(readme, $"{text[..(start + Start.Length)]}\n{report.ToSection()}\n{text[end..]}");
        }
    }
}
