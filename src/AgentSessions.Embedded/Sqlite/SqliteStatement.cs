using System.Text;
using SQLitePCL;

namespace AgentSessions.Embedded.Sqlite;

/// <summary>A prepared statement. Values are bound in order; disposing makes it ready for its next use.</summary>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private readonly bool _isKept;
    private int _bound;

    public SqliteStatement(sqlite3 database, string sql, bool isKept)
    {
        _database = database;
        _isKept = isKept;
        SqliteFailure.Check(database, raw.sqlite3_prepare_v2(database, sql, out _statement));
    }

    public SqliteStatement Bind(long value) => Bound(raw.sqlite3_bind_int64(_statement, ++_bound, value));

    public SqliteStatement Bind(long? value) => value is { } number ? Bind(number) : BindNull();

    // By its bytes, because the library's own way with a long text ends at the first zero character; but of no bytes it makes a null.
    public SqliteStatement Bind(string? value) => value is null ? BindNull()
        : value.Length == 0 ? Bound(raw.sqlite3_bind_text(_statement, ++_bound, value))
        : Bound(raw.sqlite3_bind_text(_statement, ++_bound, Encoding.UTF8.GetBytes(value)));

    public SqliteStatement Bind(ReadOnlySpan<byte> value) => Bound(raw.sqlite3_bind_blob(_statement, ++_bound, value));

    public SqliteStatement BindNull() => Bound(raw.sqlite3_bind_null(_statement, ++_bound));

    /// <summary>Goes to the next row.</summary>
    /// <returns>False at the end.</returns>
    public bool Step()
    {
        int result = raw.sqlite3_step(_statement);
        SqliteFailure.Check(_database, result);
        return result == raw.SQLITE_ROW;
    }

    /// <summary>Runs a statement that gives no rows, and is ready for other values.</summary>
    public void Run()
    {
        Step();
        Rewind();
    }

    public bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    public long Number(int column) => raw.sqlite3_column_int64(_statement, column);

    // By its bytes, because the library's own way to text ends at the first zero character.
    public string Text(int column) => Encoding.UTF8.GetString(raw.sqlite3_column_blob(_statement, column));

    /// <summary>Bytes that stand until the next step.</summary>
    public ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(_statement, column);

    public void Dispose()
    {
        if (_isKept)
        {
            Rewind();
        }
        else
        {
            Close();
        }
    }

    public void Close() => _statement.Dispose();

    private SqliteStatement Bound(int result)
    {
        SqliteFailure.Check(_database, result);
        return this;
    }

    private void Rewind()
    {
        // The result repeats that of the last step, which was thrown already.
        _ = raw.sqlite3_reset(_statement);
        _ = raw.sqlite3_clear_bindings(_statement);
        _bound = 0;
    }
}
