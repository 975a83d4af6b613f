using System.Text.Json;
using AgentSessions.Core.Sessions;

namespace AgentSessions.Core.Storage;

/// <summary>What a <see cref="SessionQuery"/> asks, in memory. A store that lists by SQL is tested against this.</summary>
public static class SessionQueryRules
{
    /// <summary>Whether a row fulfils every condition but the cursors.</summary>
    public static bool Matches(this SessionQuery query, SessionRow row) =>
        (query.Environment is null || query.Environment == row.Key.Environment)
        && (query.Types.Count == 0 || query.Types.Contains(row.Type))
        && (query.Tags.Count == 0 || query.Tags.Any(row.Tags.Contains))
        && (query.Agents.Count == 0 || query.Agents.Contains(row.Agent))
        && (query.ExternalIds.Count == 0 || (row.ExternalId is { } id && query.ExternalIds.Contains(id)))
        && (query.Statuses.Count == 0 || query.Statuses.Contains(row.StatusAt(query.Now)))
        && !(row.CreatedAt < query.CreatedFrom)
        && !(row.CreatedAt > query.CreatedTo)
        && (query.UserId is null || query.UserId == UserIdOf(row.Metadata));

    /// <summary>The order of lists: newest first.</summary>
    public static int CompareNewestFirst(SessionRow left, SessionRow right) => Compare(left, right.CreatedAt, right.Id);

    /// <summary>The page a query asks for out of all rows, in any order.</summary>
    public static SessionPage PageOf(this SessionQuery query, IEnumerable<SessionRow> all)
    {
        SessionRow[] rows = [.. all];
        SessionRow[] matching = [.. rows.Where(query.Matches)];
        Array.Sort(matching, CompareNewestFirst);
        if ((query.After ?? query.Before) is not { } cursor)
        {
            return Slice(matching, 0, query.Limit);
        }

        DateTimeOffset? found = cursor.CreatedAt ?? rows.FirstOrDefault(row =>
            row.Id == cursor.Id && (query.Environment is null || query.Environment == row.Key.Environment))?.CreatedAt;
        if (found is not { } time)
        {
            return new SessionPage([], false, false);
        }

        if (query.After is not null)
        {
            return Slice(matching, matching.Count(row => Compare(row, time, cursor.Id) <= 0), query.Limit);
        }

        int end = matching.Count(row => Compare(row, time, cursor.Id) < 0);
        int start = Math.Max(end - query.Limit, 0);
        return Slice(matching, start, end - start);
    }

    /// <summary>The <c>userId</c> of a session's metadata, or null if it has none that is a text.</summary>
    public static string? UserIdOf(string? metadata)
    {
        if (metadata is null)
        {
            return null;
        }

        using var json = JsonDocument.Parse(metadata);
        try
        {
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("userId", out JsonElement user)
                && user.ValueKind == JsonValueKind.String
                    ? user.GetString()
                    : null;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, in the value or in a name. A store that has such a row must be able to write it.
            return null;
        }
    }

    private static int Compare(SessionRow row, DateTimeOffset time, string id)
    {
        int byTime = time.CompareTo(row.CreatedAt);
        return byTime != 0 ? byTime : string.CompareOrdinal(id, row.Id);
    }

    private static SessionPage Slice(SessionRow[] rows, int start, int count)
    {
        int end = Math.Min(start + count, rows.Length);
        return new SessionPage(rows[start..end], end < rows.Length, start > 0);
    }
}
