using System.Diagnostics;

namespace AgentSessions.Operations.Tests;

/// <summary>Prometheus' own checker, where it is installed (Debian's package <c>prometheus</c>).</summary>
internal static class Promtool
{
    private static readonly string? _path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(static folder => Path.Combine(folder, "promtool")).FirstOrDefault(File.Exists);

    /// <summary>Why its tests are skipped, or null.</summary>
    public static string? Missing => _path is null ? "promtool is not installed (package prometheus)" : null;

    /// <summary>Runs it.</summary>
    /// <returns>Its exit code and all it printed.</returns>
    public static async Task<(int ExitCode, string Output)> RunAsync(string? input, params string[] arguments)
    {
        var start = new ProcessStartInfo(_path!, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }
}

/// <summary>A test that needs promtool, and says so when it is skipped.</summary>
internal sealed class PromtoolFactAttribute : FactAttribute
{
    public PromtoolFactAttribute() => Skip = Promtool.Missing;
}
