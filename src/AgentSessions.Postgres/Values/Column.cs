using Npgsql;
using NpgsqlTypes;

namespace AgentSessions.Postgres.Values;

/// <summary>Makes a parameter that is one column of many rows: an array for <c>unnest</c>.</summary>
internal static class Column
{
    public static void AddColumn<TRow, TValue>(
        this NpgsqlBatchCommand command, IReadOnlyList<TRow> rows, NpgsqlDbType type, Func<TRow, TValue> select)
    {
        var values = new TValue[rows.Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = select(rows[i]);
        }

        command.Parameters.Add(new NpgsqlParameter<TValue[]> { TypedValue = values, NpgsqlDbType = type | NpgsqlDbType.Array });
    }

    public static void AddValue<TValue>(this NpgsqlBatchCommand command, TValue value) =>
        command.Parameters.Add(new NpgsqlParameter<TValue> { TypedValue = value });
}
