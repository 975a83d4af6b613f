using System.Globalization;
using AgentSessions.Benchmarks.Processes;
using AgentSessions.Load;
using AgentSessions.Load.Scenarios;
using HeldPort = AgentSessions.TestServer.HeldPort;

namespace AgentSessions.Benchmarks.Table;

/// <summary>Starts the servers to compare and keeps every measurement made on them.</summary>
internal sealed class Lab(TableOptions options, TextWriter log, CancellationToken cancellationToken) : IAsyncDisposable
{
    public const string Ours = "AgentSessions";
    public const string Bare = "bare Kestrel";

    // The server gets the first core, the generator the second.
    public const int ServerCore = 0;
    public const int GeneratorCore = 1;

    // An empty environment's key; it never leaves this machine.
    public const string SecretKey = "tr_dev_benchmarkbenchmarkbenchmarkbench";

    private readonly List<Measurement> _measurements = [];
    private (Subject Ours, Subject Bare)? _pair;

    public TableOptions Options => options;

    public Scale Scale => options.Scale;

    public CancellationToken CancellationToken => cancellationToken;

    public IReadOnlyList<Measurement> Measurements => _measurements;

    /// <summary>Both servers, started when first asked for and warmed up.</summary>
    public async Task<(Subject Ours, Subject Bare)> PairAsync()
    {
        if (_pair is null)
        {
            _pair = (await StartOursAsync(), await StartBareAsync());
            foreach (Subject subject in (Subject[])[_pair.Value.Ours, _pair.Value.Bare])
            {
                await WarmUpAsync(subject);
            }
        }

        return _pair.Value;
    }

    /// <summary>Our server alone, on a data directory of its own.</summary>
    /// <remarks>It takes on whatever is asked of it: where it would refuse, only what it took would be measured.</remarks>
    public Task<Subject> StartOursAsync() => StartAsync(Ours, options.ServerDll, ["--AgentSessions:Admission:Turns=1000000", .. options.ServerArguments]);

    /// <summary>The baseline alone.</summary>
    public Task<Subject> StartBareAsync() => StartAsync(Bare, typeof(Lab).Assembly.Location, []);

    /// <summary>Measures the same load on both servers, one right after the other.</summary>
    public async Task<(Measurement Ours, Measurement Bare)> CompareAsync(string what, Func<LoadGenerator, LoadHooks, Task<LoadResult>> load)
    {
        (Subject ours, Subject bare) = await PairAsync();
        return (await MeasureAsync(ours, what, load), await MeasureAsync(bare, what, load));
    }

    public async Task<Measurement> MeasureAsync(Subject subject, string what, Func<LoadGenerator, LoadHooks, Task<LoadResult>> load)
    {
        Measurement measurement = await subject.MeasureAsync(what, load);
        Keep(measurement);
        return measurement;
    }

    public void Keep(Measurement measurement)
    {
        _measurements.Add(measurement);
        log.WriteLine(RunsTable.Line(measurement));
    }

    /// <summary>Calls every path often enough for the runtime to compile it in its final form.</summary>
    public async Task WarmUpAsync(Subject subject)
    {
        await subject.MeasureAsync("warm-up", (load, hooks) => load.TakeTurnsAsync(
            new TurnLoad { Sessions = 50, Duration = Scale.StartWarmup }, hooks, cancellationToken));
        await subject.MeasureAsync("warm-up", (load, hooks) => load.ReplayAsync(
            new ReplayLoad { Readers = 4, Duration = Scale.StartWarmup / 4 }, hooks, cancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        if (_pair is { } pair)
        {
            await pair.Ours.DisposeAsync();
            await pair.Bare.DisposeAsync();
        }
    }

    private async Task<Subject> StartAsync(string name, string dll, IReadOnlyList<string> further)
    {
        using var port = new HeldPort();
        Uri address = new($"http://127.0.0.1:{port.Number.ToString(CultureInfo.InvariantCulture)}");
        string data = Directory.CreateDirectory(Path.Combine(options.Output, $"data-{Guid.NewGuid():N}")).FullName;
        List<string> arguments =
        [
            "--urls", address.GetLeftPart(UriPartial.Authority),
            $"--AgentSessions:DataDirectory={data}",
            $"--AgentSessions:SecretKey={SecretKey}",
            "--AgentSessions:DemoAgents=true",
            .. further,
        ];
        if (Path.GetFileName(dll) == Path.GetFileName(typeof(Lab).Assembly.Location))
        {
            arguments.Insert(0, "baseline");
        }

        ServerProcess process = await ServerProcess.StartAsync(dll, arguments, address, SecretKey, ServerCore, cancellationToken);
        return new Subject(name, process, SecretKey, data);
    }
}
