namespace AgentSessions.Server.Settings;

/// <summary>How far two spellings are from each other: letters to change, add, take away or swap.</summary>
internal static class KeyDistance
{
    /// <summary>The nearest name; null if none is near.</summary>
    public static string? Nearest(string key, IEnumerable<string> names) => names.Where(name => IsNear(key, name)).MinBy(name => Between(key, name));

    /// <summary>Whether one is likely the other, misspelt: a third of its letters at most.</summary>
    public static bool IsNear(string key, string name) => Between(key, name) <= Math.Max(1, name.Length / 3);

    private static int Between(string one, string other)
    {
        one = one.ToUpperInvariant();
        other = other.ToUpperInvariant();
        int[] before = [], last = [.. Enumerable.Range(0, other.Length + 1)];
        for (int i = 1; i <= one.Length; i++)
        {
            int[] row = new int[other.Length + 1];
            row[0] = i;
            for (int j = 1; j <= other.Length; j++)
            {
                row[j] = Math.Min(Math.Min(row[j - 1], last[j]) + 1, last[j - 1] + (one[i - 1] == other[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                {
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
                }
            }

            (before, last) = (last, row);
        }

        return last[^1];
    }
}
