using System.Net.Sockets;
using AgentSessions.Core.Storage;
using Npgsql;

namespace AgentSessions.Postgres.Connections;

/// <summary>What a failure of the database means: who may repeat, and what a caller is told.</summary>
internal static class PostgresFaults
{
    /// <summary>Whether this is a failure of the database or the way to it, and not of our code or a cancellation.</summary>
    public static bool IsFault(Exception exception) =>
        exception is NpgsqlException or SocketException or IOException or TimeoutException;

    /// <summary>Whether the same operation may succeed a moment later.</summary>
    public static bool IsPassing(Exception exception) => SqlState(exception) switch
    {
        null => true,                                   // never reached the server, or the connection broke
        "57014" => false,                               // statement_timeout: its time is used up
        "25P03" => true,                                // stood still in a transaction for too long, which was rolled back
        "25006" => true,                                // read only: a standby that is about to be the primary, or was one
        "3D000" or "42P01" or "3F000" => false,         // no such database, table, schema
        ['0', '8', ..] or ['4', '0', ..] or ['5', '3', ..] or ['5', '7', ..] or ['5', '8', ..] or "55P03" => true,
        _ => false,
    };

    /// <summary>Whether the server reported that it rolled back: nothing of the operation is there.</summary>
    /// <remarks>
    /// After an error of severity ERROR the transaction is aborted. After FATAL or a lost connection it may have committed before.
    /// </remarks>
    public static bool ChangedNothing(Exception exception) => exception is PostgresException { InvariantSeverity: "ERROR" };

    /// <summary>Whether the operation may have been carried out although it failed: it was sent, and its answer never came.</summary>
    public static bool LeavesInDoubt(Exception exception) => IsFault(exception) && !ChangedNothing(exception);

    /// <summary>Two transactions got into each other's way; neither is to blame.</summary>
    public static bool IsCollision(Exception exception) => SqlState(exception) is "40001" or "40P01";

    /// <summary>The server takes no writes: after a failover the connection leads to what is now a standby.</summary>
    public static bool IsReadOnly(Exception exception) => SqlState(exception) == "25006";

    /// <summary>Whether the fault can lie in one commit of a group and not in the database's state.</summary>
    public static bool MayBeOneCommit(Exception exception) => ChangedNothing(exception) && SqlState(exception) is
        "55P03" or ['2', ..] or ['4', '2', ..] or ['5', '4', ..] or ['X', 'X', ..];

    /// <summary>What callers get. The text names the SQLSTATE for operators and nothing of the server's message.</summary>
    public static StoreUnavailableException Translate(Exception exception)
    {
        string? state = SqlState(exception);
        string text = state switch
        {
            null => "The database cannot be reached or did not answer in time.",
            "53100" => "The database has no room left.",
            "25006" => "The database takes no writes at the moment.",
            "55P03" => "The database kept a row locked for too long.",
            "57014" => "The database did not finish in time.",
            _ => "The database refused or broke off the operation.",
        };
        return new StoreUnavailableException(state is null ? text : $"{text} (SQLSTATE {state})", exception) { IsFull = state == "53100" };
    }

    private static string? SqlState(Exception exception) => (exception as PostgresException)?.SqlState;
}
