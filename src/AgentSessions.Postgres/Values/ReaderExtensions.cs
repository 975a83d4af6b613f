using Npgsql;

namespace AgentSessions.Postgres.Values;

/// <summary>Reads columns back as they were before they were stored.</summary>
internal static class ReaderExtensions
{
    public static string Text(this NpgsqlDataReader reader, int column) => StoredText.Decode(reader.GetString(column));

    public static string? TextOrNull(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.Text(column);

    public static DateTimeOffset Time(this NpgsqlDataReader reader, int column) => new(reader.GetDateTime(column));

    public static DateTimeOffset? TimeOrNull(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.Time(column);

    public static long? LongOrNull(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetInt64(column);
}
