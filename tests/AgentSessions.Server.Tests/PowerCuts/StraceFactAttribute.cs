using System.Diagnostics;

namespace AgentSessions.Server.Tests.PowerCuts;

/// <summary>A test that has to know what a program wrote to which file, and when it was flushed.</summary>
internal sealed class StraceFactAttribute : FactAttribute
{
    public const string Strace = "/usr/bin/strace";

    private static readonly string? _whyNot = !File.Exists(Strace) ? "Needs strace (apt-get install strace)." : MayTrace() ? null : "Needs the right to trace processes.";

    public StraceFactAttribute() => Skip = _whyNot;

    private static bool MayTrace()
    {
        using var trace = Process.Start(new ProcessStartInfo(Strace, ["-f", "-q", "-o", "/dev/null", "--seccomp-bpf", "true"]) { RedirectStandardError = true })!;
        trace.StandardError.ReadToEnd();
        trace.WaitForExit();
        return trace.ExitCode == 0;
    }
}
