namespace AgentSessions.TestPostgres;

/// <summary>One server for all tests of a process that do not disturb it; ended with the test run.</summary>
public static class SharedPostgres
{
    private static readonly Lock _lock = new();
    private static Task<PrivatePostgres>? _server;

    /// <summary>The server, started by the first who asks.</summary>
    public static Task<PrivatePostgres> GetAsync()
    {
        lock (_lock)
        {
            return _server ??= PrivatePostgres.StartAsync();
        }
    }

    internal static async Task StopAsync()
    {
        Task<PrivatePostgres>? server;
        lock (_lock)
        {
            (server, _server) = (_server, null);
        }

        if (server is not null)
        {
            await (await server).DisposeAsync();
        }
    }
}
