using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Postgres.Values;
using Npgsql;

namespace AgentSessions.Postgres.Sessions;

/// <summary>The conditions of a <see cref="SessionQuery"/> as SQL, only those that are asked for, and their values.</summary>
internal sealed class SessionFilter
{
    private readonly List<string> _conditions = [];
    private readonly List<NpgsqlParameter> _values = [];

    public SessionFilter(SessionQuery query)
    {
        if (query.Environment is { } environment)
        {
            Add($"s.environment = {Value(StoredText.Encode(environment))}");
        }

        AddAnyOf("s.type", query.Types);
        AddAnyOf("s.agent", query.Agents);
        if (query.ExternalIds.Count > 0)
        {
            // A session's key is its external id if it has one, and keys have an index. Friendly ids are never external ones.
            Add("s.external_id IS NOT NULL");
            AddAnyOf("h.key", query.ExternalIds);
            if (query.Environment is { } within)
            {
                Add($"h.environment = {Value(StoredText.Encode(within))}");
            }
        }

        if (query.Tags.Count > 0)
        {
            Add($"s.tags && {Value(query.Tags.Select(StoredText.Encode).ToArray())}");
        }

        if (query.UserId is { } user)
        {
            Add($"s.user_id = {Value(IndexText.Of(user))}");
        }

        if (query.CreatedFrom is { } from)
        {
            Add($"s.created_at >= {Value(from.UtcDateTime)}");
        }

        if (query.CreatedTo is { } to)
        {
            Add($"s.created_at <= {Value(to.UtcDateTime)}");
        }

        if (query.Statuses.Count > 0)
        {
            Add($"({string.Join(" OR ", query.Statuses.Distinct().Select(status => Is(status, query.Now)))})");
        }
    }

    public void Add(string condition) => _conditions.Add(condition);

    /// <summary>The name of a new parameter with this value.</summary>
    public string Value<T>(T value)
    {
        _values.Add(new NpgsqlParameter<T> { TypedValue = value });
        return $"${_values.Count}";
    }

    public NpgsqlBatchCommand Command(string select, string order)
    {
        string where = _conditions.Count == 0 ? "" : $"WHERE {string.Join(" AND ", _conditions)}";
        var command = new NpgsqlBatchCommand($"{select} {where} {order}");
        foreach (NpgsqlParameter value in _values)
        {
            command.Parameters.Add(value);
        }

        return command;
    }

    // One value is compared plainly: only then does an index that starts with the column also give the order.
    private void AddAnyOf(string column, IReadOnlyList<string> values)
    {
        if (values.Count == 1)
        {
            Add($"{column} = {Value(StoredText.Encode(values[0]))}");
        }
        else if (values.Count > 1)
        {
            Add($"{column} = ANY ({Value(values.Select(StoredText.Encode).ToArray())})");
        }
    }

    private string Is(SessionStatus status, DateTimeOffset now) => status switch
    {
        SessionStatus.Closed => "s.closed_at IS NOT NULL",
        SessionStatus.Expired => $"s.closed_at IS NULL AND s.expires_at <= {Value(now.UtcDateTime)}",
        SessionStatus.Active => $"s.closed_at IS NULL AND (s.expires_at IS NULL OR s.expires_at > {Value(now.UtcDateTime)})",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };
}
