namespace AgentSessions.Benchmarks.Table;

/// <summary>Names of runs; the picture finds its points by them.</summary>
internal static class RunNames
{
    private const string UnpacedPrefix = "unpaced, chats: ";
    private const string PacedPrefix = "paced, chats: ";

    public static string Unpaced(int chats) => $"{UnpacedPrefix}{chats}";

    public static string Paced(int chats) => $"{PacedPrefix}{chats}";

    public static int? UnpacedChats(string name) => Number(name, UnpacedPrefix);

    public static int? PacedChats(string name) => Number(name, PacedPrefix);

    private static int? Number(string name, string prefix) =>
        name.StartsWith(prefix, StringComparison.Ordinal) ? int.Parse(name.AsSpan(prefix.Length)) : null;
}
