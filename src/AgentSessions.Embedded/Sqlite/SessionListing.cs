using System.Text;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;

namespace AgentSessions.Embedded.Sqlite;

/// <summary>Lists of sessions. They see what was flushed.</summary>
internal static class SessionListing
{
    /// <summary>The page of a query; <see cref="SessionQueryRules"/> says what that is. A damaged row is left out.</summary>
    /// <param name="database">The connection.</param>
    /// <param name="query">The query.</param>
    /// <param name="damaged">Told of each row that is left out.</param>
    public static SessionPage List(SqliteDatabase database, SessionQuery query, Action<SessionKey> damaged) => database.Snapshot(snapshot =>
    {
        RowPlace? anchor = null;
        if ((query.After ?? query.Before) is { } cursor)
        {
            anchor = cursor.CreatedAt is { } time ? new RowPlace(time.UtcTicks, cursor.Id) : FindPlace(snapshot, query.Environment, cursor.Id);
            if (anchor is null)
            {
                return new SessionPage([], false, false);
            }
        }

        bool backwards = query.After is null && query.Before is not null;
        List<SessionRow> rows = Select(snapshot, query, anchor, backwards ? ">" : "<", query.Limit + 1, damaged);
        bool more = rows.Count > query.Limit;
        if (more)
        {
            rows.RemoveAt(rows.Count - 1);
        }

        // The other side is never empty of rows that match but for the first page, which has no anchor; so it is asked for.
        RowPlace? edge = rows.Count > 0 ? RowPlace.Of(rows[0]) : anchor;
        string towards = (backwards ? "<" : ">") + (rows.Count > 0 ? "" : "=");
        bool behind = anchor is not null && Select(snapshot, query, edge, towards, 1, damaged).Count > 0;
        if (backwards)
        {
            rows.Reverse();
        }

        return backwards ? new SessionPage(rows, behind, more) : new SessionPage(rows, more, behind);
    });

    /// <summary>Keys of sessions with a live run, in order.</summary>
    public static List<SessionKey> ListLive(SqliteDatabase database, SessionKey? after, int limit)
    {
        using SqliteStatement live = database.Use(
            "SELECT environment, key FROM sessions WHERE is_live = 1 AND (environment, key) > (?, ?) ORDER BY environment, key LIMIT ?");
        return Rows(live.Bind(after?.Environment ?? "").Bind(after?.Key ?? "").Bind(limit), Key);
    }

    /// <summary>Open sessions that have expired, oldest expiry first.</summary>
    public static List<ExpiredSession> ListExpired(SqliteDatabase database, DateTimeOffset until, ExpiredSession? after, int limit)
    {
        using SqliteStatement expired = database.Use(
            """
            SELECT environment, key, expires_at FROM sessions WHERE expires_at IS NOT NULL AND closed_at IS NULL AND expires_at <= ?
            AND (expires_at, environment, key) > (?, ?, ?) ORDER BY expires_at, environment, key LIMIT ?
            """);
        expired.Bind(until.UtcTicks).Bind(after?.ExpiresAt.UtcTicks ?? 0).Bind(after?.Session.Environment ?? "").Bind(after?.Session.Key ?? "");
        return Rows(expired.Bind(limit), static row => new ExpiredSession(Key(row), new DateTimeOffset(row.Number(2), TimeSpan.Zero)));
    }

    private static SessionKey Key(SqliteStatement row) => new(row.Text(0), row.Text(1));

    private static List<T> Rows<T>(SqliteStatement rows, Func<SqliteStatement, T> read)
    {
        var found = new List<T>();
        while (rows.Step())
        {
            found.Add(read(rows));
        }

        return found;
    }

    private static RowPlace? FindPlace(SqliteDatabase database, string? environment, string id)
    {
        using SqliteStatement row = database.Use("SELECT created_at, id FROM sessions WHERE id = ?1 AND (?2 IS NULL OR environment = ?2)");
        return row.Bind(id).Bind(environment).Step() ? new RowPlace(row.Number(0), row.Text(1)) : null;
    }

    private static List<SessionRow> Select(
        SqliteDatabase database, SessionQuery query, RowPlace? place, string comparison, int limit, Action<SessionKey> damaged)
    {
        string direction = comparison[0] == '>' ? "ASC" : "DESC";
        var found = new List<SessionRow>();
        while (true)
        {
            var conditions = new Conditions();
            conditions.AddQuery(query);
            if (place is { } anchor)
            {
                conditions.Add($"(created_at, id) {comparison} (?, ?)", anchor.CreatedAt, anchor.Id);
            }

            int wanted = limit - found.Count;
            using SqliteStatement rows = database.Once(
                $"SELECT number, body, created_at, id, environment, key FROM sessions WHERE {conditions.Text} ORDER BY created_at {direction}, id {direction} LIMIT {wanted}");
            conditions.BindTo(rows);
            int seen = 0;
            for (; rows.Step(); seen++)
            {
                place = new RowPlace(rows.Number(2), rows.Text(3));
                if (SessionRows.TryReadRow(rows.Blob(1), rows.Number(0)) is { } row)
                {
                    found.Add(row);
                }
                else
                {
                    damaged(new SessionKey(rows.Text(4), rows.Text(5)));
                }
            }

            if (seen < wanted || found.Count == limit)
            {
                return found;
            }

            // Some were left out: the others are behind them.
            comparison = comparison[..1];
        }
    }

    /// <summary>A row's place in the order of lists.</summary>
    private readonly record struct RowPlace(long CreatedAt, string Id)
    {
        public static RowPlace Of(SessionRow row) => new(row.CreatedAt.UtcTicks, row.Id);
    }

    /// <summary>Conditions joined by and, with their values.</summary>
    private sealed class Conditions
    {
        private readonly StringBuilder _text = new("1");
        private readonly List<object> _values = [];

        public string Text => _text.ToString();

        public void Add(string condition, params ReadOnlySpan<object> values)
        {
            _text.Append(" AND ").Append(condition);
            _values.AddRange(values);
        }

        public void AddQuery(SessionQuery query)
        {
            if (query.Environment is { } environment)
            {
                Add("environment = ?", environment);
            }

            AddAny("type IN (#)", query.Types);
            AddAny("EXISTS (SELECT 1 FROM json_each(tags) WHERE value IN (#))", query.Tags);
            AddAny("agent IN (#)", query.Agents);

            // An external id is the key, and no friendly id is one.
            AddAny("key <> id AND key IN (#)", query.ExternalIds);
            AddStatuses(query.Statuses, query.Now.UtcTicks);
            if (query.CreatedFrom is { } from)
            {
                Add("created_at >= ?", from.UtcTicks);
            }

            if (query.CreatedTo is { } to)
            {
                Add("created_at <= ?", to.UtcTicks);
            }

            if (query.UserId is { } user)
            {
                Add("user_id = ?", user);
            }
        }

        public void BindTo(SqliteStatement statement)
        {
            foreach (object value in _values)
            {
                _ = value is long number ? statement.Bind(number) : statement.Bind((string)value);
            }
        }

        private void AddAny(string condition, IReadOnlyList<string> values)
        {
            if (values.Count > 0)
            {
                Add(condition.Replace("#", string.Join(", ", Enumerable.Repeat("?", values.Count))), [.. values]);
            }
        }

        private void AddStatuses(IReadOnlyList<SessionStatus> statuses, long now)
        {
            if (statuses.Count == 0)
            {
                return;
            }

            IEnumerable<string> any = statuses.Distinct().Select(status => status switch
            {
                SessionStatus.Closed => "closed_at IS NOT NULL",
                SessionStatus.Expired => $"(closed_at IS NULL AND expires_at <= {now})",
                SessionStatus.Active => $"(closed_at IS NULL AND (expires_at IS NULL OR expires_at > {now}))",
                _ => throw new ArgumentOutOfRangeException(nameof(statuses)),
            });
            Add($"({string.Join(" OR ", any)})");
        }
    }
}
