using System.Diagnostics;

namespace AgentSessions.TestPostgres;

/// <summary>Runs a program as a user that PostgreSQL accepts.</summary>
internal static class PostgresCommand
{
    // After a crash a server flushes every file of its data folder before it is there again.
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(10);

    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(), // one that the other user may enter too
        };
        string[] command = [program, .. arguments];
        if (PostgresBinaries.IsRoot)
        {
            command = [PostgresBinaries.RunAs, "-u", "postgres", "--", .. command];
        }

        start.FileName = command[0];
        foreach (string argument in command.AsSpan(1))
        {
            start.ArgumentList.Add(argument);
        }

        // Messages are matched by nobody, but they should read the same everywhere.
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["PGCTLTIMEOUT"] = $"{_limit.TotalSeconds:0}";
        using Process process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(_limit);
        Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
        Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {await errors}{await output}");
    }
}
