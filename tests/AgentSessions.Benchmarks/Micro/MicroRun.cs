using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace AgentSessions.Benchmarks.Micro;

/// <summary>The parts of the hot path by themselves: time and bytes allocated, in this process.</summary>
internal static class MicroRun
{
    /// <param name="filter">A pattern of benchmark names, such as <c>*Commit*</c>.</param>
    /// <param name="output">Folder for the results.</param>
    public static int Run(string filter, string output)
    {
        ManualConfig config = ManualConfig.CreateEmpty()
            .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddLogger(ConsoleLogger.Default)
            .AddExporter(MarkdownExporter.GitHub)
            .WithArtifactsPath(output);
        BenchmarkSwitcher.FromAssembly(typeof(MicroRun).Assembly).Run(["--filter", filter], config);
        return 0;
    }
}
