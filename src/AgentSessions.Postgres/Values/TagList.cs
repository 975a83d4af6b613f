using System.Text.Json;

namespace AgentSessions.Postgres.Values;

/// <summary>Tags on their way in and out. They go in as a JSON array, because PostgreSQL has no arrays of arrays of different lengths.</summary>
internal static class TagList
{
    public static string Encode(IReadOnlyList<string> tags) =>
        tags.Count == 0 ? "[]" : JsonSerializer.Serialize(tags.Select(StoredText.Encode).ToArray());

    public static IReadOnlyList<string> Decode(string[] stored) =>
        stored.Length == 0 ? [] : Array.ConvertAll(stored, StoredText.Decode);
}
