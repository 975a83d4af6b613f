using AgentSessions.Load;

namespace AgentSessions.Benchmarks.Table;

/// <summary>One run against one server.</summary>
/// <param name="Name">What was run.</param>
/// <param name="Subject">Which server.</param>
/// <param name="Result">What the generator saw.</param>
/// <param name="ServerCpuSeconds">CPU time the server took in the measured time.</param>
/// <param name="GeneratorCpuSeconds">CPU time the generator took; close to the measured time it was the limit, not the server.</param>
internal sealed record Measurement(string Name, string Subject, LoadResult Result, double ServerCpuSeconds, double GeneratorCpuSeconds)
{
    public double CpuPerMillion => Result.Chunks > 0 ? ServerCpuSeconds / (Result.Chunks / 1e6) : double.NaN;

    public double ServerLoad => ServerCpuSeconds / Result.Window.TotalSeconds;

    public double GeneratorLoad => GeneratorCpuSeconds / Result.Window.TotalSeconds;
}
